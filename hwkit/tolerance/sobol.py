"""Which group decides: Sobol indices of groups of deviations, with bootstrap intervals.

Boards A and B are independent; AB_g has the deviations of group g from B and all others from A:

    first order  S_g = mean(f(B) (f(AB_g) - f(A))) / var f      (Saltelli et al. 2010)
    total        T_g = mean((f(A) - f(AB_g))^2) / (2 var f)     (Jansen 1999)

S_g is the share of the metric's variance that vanishes when group g has no tolerance; T_g also
counts what g does together with others. Cost: groups + 2 evaluations of each board. References:
Saltelli et al., Comput. Phys. Commun. 181, 259; Jansen, Comput. Phys. Commun. 117, 35.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.variation import Variation
from hwkit.circuit.variation.drawing import Drawing
from hwkit.errors import ConfigError
from hwkit.ordering import falling
from hwkit.tolerance.monte_carlo import BATCH, Evaluation, drawn
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]
_BOOTSTRAPS = 1000


@dataclass(frozen=True)
class Index:
    """Sobol index of a group: first order and total, each with an interval."""

    group: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


def sobol_indices(
    design: Design,
    variation: Variation,
    metric: Evaluation,
    name: str,
    n_boards: int,
    seed: int,
    level: float = 0.95,
) -> list[Index]:
    """Return the indices of every named entry of a variation, largest total first.

    Args:
        design, variation, metric, seed: as for `monte_carlo`.
        name: which of the metrics.
        n_boards: boards A, and as many B.
        level: of the intervals.

    Raises:
        ConfigError: if nothing varies, or a metric is NaN on so many boards that nothing is left.
    """
    groups = variation.names
    if not groups:
        raise ConfigError("nothing varies, so no group has a share; give spreads")
    roots = {side: child_seed(seed, "sobol", side) for side in ("A", "B")}

    def values(swapped: Sequence[str]) -> FloatArray:
        seeds = dict.fromkeys(swapped, roots["B"])
        drawing = Drawing(design, variation, roots["A"], seeds=seeds)
        rows = []
        for first in range(0, n_boards, BATCH):
            boards = drawn(drawing, range(first, min(first + BATCH, n_boards)))
            rows.append(metric(boards)[name])
        return np.concatenate(rows)

    a, b = values(()), values(groups)
    mixed = {group: values((group,)) for group in groups}
    return indices(a, b, mixed, child_seed(seed, "bootstrap"), level)


def indices(
    a: FloatArray, b: FloatArray, mixed: Mapping[str, FloatArray], seed: int, level: float = 0.95
) -> list[Index]:
    """Return the indices from a metric of boards; boards with NaN are left out.

    Args:
        a, b: the metric on boards A and B, (n,).
        mixed: group -> the metric on boards AB_g, (n,).
        seed: root of the bootstrap.
        level: of the intervals.

    Raises:
        ConfigError: if fewer than eight boards are left, or nothing varies.
    """
    whole = np.isfinite(a) & np.isfinite(b)
    for values in mixed.values():
        whole &= np.isfinite(values)
    if whole.sum() < 8:
        raise ConfigError(f"only {int(whole.sum())} boards have a metric; Sobol indices need 8")
    a, b = a[whole], b[whole]
    centre = float(np.mean([a, b]))
    a, b = a - centre, b - centre
    if not np.var(np.concatenate([a, b])) > 0:
        raise ConfigError("the metric is the same on every board, so no group has a share of it")
    rng = np.random.default_rng(seed)
    rows = rng.integers(len(a), size=(_BOOTSTRAPS, len(a)))
    found = []
    for group, values in mixed.items():
        c = values[whole] - centre
        point = _pair(a, b, c)
        spread = np.array([_pair(a[row], b[row], c[row]) for row in rows])
        tail = (1 - level) / 2
        (f_low, t_low), (f_high, t_high) = np.quantile(spread, [tail, 1 - tail], axis=0).tolist()
        found.append(Index(group, point[0], f_low, f_high, point[1], t_low, t_high))
    return [found[k] for k in falling([index.total for index in found])]


def _pair(a: FloatArray, b: FloatArray, c: FloatArray) -> tuple[float, float]:
    variance = float(np.var(np.concatenate([a, b])))
    if variance == 0:
        return 0.0, 0.0
    return float(np.mean(b * (c - a)) / variance), float(np.mean((a - c) ** 2) / (2 * variance))
