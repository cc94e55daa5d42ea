"""Family "resistive": two rails per unit, resistors for couplings, antiparallel diodes onsite.

Each rail has a capacitor C to ground, and v_i = v_i+ - v_i- = V0 x_i. With G0 = C / tau:

    coupling    two resistors of |J_ij| G0: straight (+ to +, - to -) gives J_ij < 0, crossed > 0;
                either adds |J_ij| G0 to the differential conductance of both cells
    common mode a resistor of G_cm from each rail to ground: adds G_cm
    bias        b_i I0 / 2 from the + rail to the - rail, or resistors from the rails to supplies
    onsite      antiparallel diodes between the rails, I_s = J2 G0 n V_T / 2:
                U(x) = (2 J2 / r^2) (cosh(r x) - 1), r = V0 / (n V_T); none if the energy is 0
    converter   a negative conductance between the rails that cancels all added conductance
    noise       one source between the rails, one-sided PSD S_I / 4

An element between the rails counts twice: C dv/dt = -2 i, i the current from + to -.
"""

import numpy as np

from hwkit.circuit.cells.resistive.board import Board, grounded
from hwkit.circuit.cells.resistive.converters import amplifiers, converters
from hwkit.circuit.cells.resistive.options import IDEAL, ResistiveOptions
from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import Cosh, EnergyModel, Quartic
from hwkit.units import THERMAL_VOLT

NAME = "resistive"


def compile_resistive(
    model: EnergyModel, scale: Scale, options: ResistiveOptions = IDEAL
) -> Design:
    """Compile a machine whose onsite energy diodes make.

    Raises:
        DesignError: if the onsite energy is neither 0, linear in force, nor a cosh of one r.
    """
    board = Board(model, scale, options)
    between, rails = np.stack(board.rails, axis=1), np.concatenate(board.rails)
    common_ohm = options.snapped(np.full(rails.size, 1 / (options.common_mode * scale.siemens)))
    loads = [
        Parts("common-mode", "resistor", grounded(rails), common_ohm),
        *_biases(board),
        _couplings(board),
    ]
    density = np.full(model.n_units, noise_density(scale, model.kT))
    parts = (
        Parts("capacitor", "capacitor", grounded(rails), np.full(rails.size, scale.farad)),
        *_onsite(board),
        *loads,
        *converters(board, loads),
        Parts("noise", "noise", between, density),
    )
    amplified = np.zeros((0, 2), dtype=np.intp)
    if not options.ideal_converter:
        parts += amplifiers(board)
        amplified = np.stack([board.amplifiers[0], board.rails[0]], axis=1)
    return Design(model, NAME, scale, board.names, between, parts, amplified)


def noise_density(scale: Scale, kT: float) -> float:
    """Return the one-sided density of the source between a unit's rails, A^2/Hz."""
    return scale.noise_psd(kT) / 4


def _onsite(board: Board) -> list[Parts]:
    onsite, n, scale = board.model.onsite, board.model.n_units, board.scale
    plus, minus = board.rails
    if isinstance(onsite, Quartic) and np.all(onsite.J4 == 0):
        linear = np.broadcast_to(onsite.J2, n)
        some = linear != 0
        ohm = board.options.snapped(1 / (linear[some] * scale.siemens))
        return [Parts("onsite-linear", "resistor", np.stack([plus, minus], axis=1)[some], ohm)]
    if not isinstance(onsite, Cosh) or np.ptp(onsite.r) > 0:
        raise DesignError(
            "family resistive makes its onsite energy of identical diodes, but the machine's is "
            f"{onsite.kind!r}; train it with onsite=Cosh.from_quartic(J2, J4), one for all units"
        )
    slope_volt = scale.volt / float(np.max(onsite.r))  # n V_T
    ampere = np.broadcast_to(onsite.J2, n) * scale.siemens * slope_volt / 2
    parameters = {"emission": np.array(slope_volt / THERMAL_VOLT)}
    ends = np.stack([np.concatenate([plus, minus]), np.concatenate([minus, plus])], axis=1)
    return [Parts("onsite-diode", "diode", ends, np.tile(ampere, 2), parameters)]


def _couplings(board: Board) -> Parts:
    i, j, J = board.model.pairs()
    n, present = board.model.n_units, J != 0
    i, j, J = i[present], j[present], J[present]
    far = np.where(J < 0, 0, n)  # straight or crossed
    ends = [np.stack([i, j + far], axis=1), np.stack([i + n, j + n - far], axis=1)]
    ohm = board.options.snapped(1 / (np.abs(J) * board.scale.siemens))
    return Parts("coupling", "resistor", np.concatenate(ends), np.tile(ohm, 2))


def _biases(board: Board) -> list[Parts]:
    b, options = board.model.b, board.options
    plus, minus = board.rails
    ampere = b * board.scale.ampere / 2
    if options.bias == "current":
        return [Parts("bias", "current", np.stack([plus, minus], axis=1), ampere)]
    some = b != 0
    ohm = options.snapped(options.supply_volt / np.abs(ampere[some]))
    # A positive bias pulls the + rail down and the - rail up.
    low, high = np.where(b > 0, [plus, minus], [minus, plus])[:, some]
    vdd, vss = board.supplies
    ends = [
        np.stack([rail, np.full_like(rail, to)], axis=1) for rail, to in ((high, vdd), (low, vss))
    ]
    volts = options.supply_volt * np.array([1.0, -1.0])
    return [
        Parts("supply", "voltage", grounded(np.array(board.supplies)), volts),
        Parts("bias", "resistor", np.concatenate(ends), np.tile(ohm, 2)),
    ]
