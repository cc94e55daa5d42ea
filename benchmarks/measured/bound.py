"""The least standard errors that any estimator can have, for a record without any readout.

Of the drift's parameters p, from a continuous record of duration T (Girsanov):

    I_pq = T sum_i <d_p f_i d_q f_i> / (2 D_i),    f_i = -b_i - 2 J2_i x_i - 4 J4_i x_i^3 - J_ij x_j

with averages of the record itself, so that channels that lag change them by a percent or two. Of
kT, from n samples whose increments are known but for their variance: kT sqrt(2/n). Converters,
jitter and noise of the readout only raise both.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks.measured.boards import Fabrication
from hwkit.measured.moments import Moments
from hwkit.measured.quantities import Quantities, Quantity
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]


def least_errors(
    quantities: Quantities, moments: Moments, model: EnergyModel, made: Fabrication
) -> FloatArray:
    """Return the bound of each quantity's standard error, (K,)."""
    rows = quantities.rows
    n, width = model.n_units, moments.average.shape[0]
    kT = np.array([made.truth(model, "noise", (unit,)) for unit in range(n)])
    drift = [row for row in rows if row.kind != "noise"]
    slopes = np.array([_slope(row, n, width) for row in drift])
    inner = np.einsum("piu,uv,qiv,i->pq", slopes, moments.average, slopes, 1 / (2 * kT),
                      optimize=True)  # fmt: skip
    errors = iter(np.sqrt(np.diagonal(np.linalg.inv(moments.duration * inner))))
    share = np.sqrt(2 / moments.counts.sum())
    return np.array(
        [kT[row.places[0]] * share if row.kind == "noise" else next(errors) for row in rows]
    )


def _slope(row: Quantity, n: int, width: int) -> FloatArray:
    """Return the derivative of all forces by a parameter, by (1, x, x^2, x^3), (N, W)."""
    slope, place = np.zeros((n, width)), row.places
    i = place[0]
    match row.kind:
        case "coupling":
            j = place[1]
            slope[i, 1 + j] = slope[j, 1 + i] = -1
        case "bias":
            slope[i, 0] = -1
        case "spring":
            slope[i, 1 + i] = -2
        case "curve":
            slope[i, 1 + 2 * n + i] = -4
    return slope
