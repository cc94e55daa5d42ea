"""Family "silicon": the machine in transistors of an open process, sized from the scale.

    C dv_i/dt = -i_pair(v_i) - b_i I0 - sum_j i_ota(v_j; I_t,ij) + i_noise

The pair's current is I0 (2 x + 4 x^3) within 1 % for |x| <= 1.2 where V0 is in the range of the
process's kit; a coupling's is near (g s) tanh(v_j / s), g set by its tail current, s 66 to 95 mV.
What a coupling draws at 0 V is taken out by a current source. C is what is built: the capacitance
of the transistors at a node is subtracted from the scale's. The exact curves are those of
`hwkit.validation.silicon`, by measurement; training on them is what makes the machine right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from hwkit.circuit.cells.silicon.codes import choose_codes, noise_codes, offset_sums
from hwkit.circuit.cells.silicon.kits import Kit
from hwkit.circuit.cells.silicon.mirrors import Mirrors, leg_farad
from hwkit.circuit.cells.silicon.noise import (
    NOISE_RANGE,
    OFFSETS,
    NoiseBits,
    bit_parts,
    noise_bits,
    noise_farad,
)
from hwkit.circuit.cells.silicon.options import SiliconOptions
from hwkit.circuit.cells.silicon.sizes import PairChoice, choose_pair, coupling_table
from hwkit.circuit.cells.silicon.topology import Couplings, Wiring
from hwkit.circuit.design import Design
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, FloatArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import DriftMachine, EnergyModel, Quartic, Tabulated
from hwkit.units import engineering

NAME = "silicon"
_ODD = 0.01  # deviation from the quartic that is not worth a remark
_LEAST_FARAD = 0.1  # share of C that must be a capacitor


@dataclass(frozen=True, eq=False)
class _Board:
    """What the parts of a design have in common; `left_out` counts couplings of code 0."""

    model: EnergyModel | DriftMachine
    scale: Scale
    options: SiliconOptions
    choice: PairChoice
    couplings: Couplings
    wiring: Wiring
    left_out: int

    @property
    def mirrors(self) -> Mirrors | None:
        """What sets the bias currents; None for ideal sources."""
        return self.wiring.mirrors


def compile_silicon(
    model: EnergyModel | DriftMachine, scale: Scale, options: SiliconOptions
) -> Design:
    """Compile a machine; couplings may differ in the two directions of a DriftMachine.

    Raises:
        DesignError: if sizes, currents or capacitors for it can't be found, or its models.
    """
    process = options.open_process()
    board = _board(model, scale, options)
    n, wiring = model.n_units, board.wiring
    transistors = wiring.transistors()
    for group in transistors:
        process.card(group.device, group.width, group.length)  # refuses what has no bin
    unit = np.arange(n)
    return Design(
        model,
        NAME,
        scale,
        safe_nodes(model.unit_names) + wiring.node_names,
        np.stack([unit, np.full(n, GROUND)], axis=1),
        tuple(_parts(board)),
        transistors=transistors,
        process=process,
        celsius=options.celsius,
        watt=_watt(board),
        remarks=tuple(_remarks(board)),
        coded=board.mirrors.coded if board.mirrors else (),
        guesses=wiring.guesses(),
        bit_hold=wiring.bits.hold if wiring.bits else None,
    )


def _board(model: EnergyModel | DriftMachine, scale: Scale, options: SiliconOptions) -> _Board:
    kit = options.kit
    choice, couplings = _pair(model, scale, kit), _couplings(model, scale, kit)
    asked, n, reference = len(couplings), model.n_units, choice.sizes.bias_ampere
    bits, mirrors = _noise_source(model, scale, options), None
    if options.bias == "mirrors":
        biases = model.b * scale.ampere
        biases -= _noise_offset(bits, options) if bits else 0.0
        couplings, mirrors = choose_codes(couplings, biases, reference, options.dac_bits)
        noise = noise_codes(bits.ampere, n, reference) if bits else None
        mirrors = replace(mirrors, noise=noise)
    wiring = Wiring(n, choice.sizes, couplings, True, options.decoupling_farad, mirrors, bits, kit)
    return _Board(model, scale, options, choice, couplings, wiring, asked - len(couplings))


def _noise_offset(bits: NoiseBits, options: SiliconOptions) -> float:
    """Return the mean current that a noise source draws from its unit, A."""
    return OFFSETS[options.bias] * bits.ampere


def _noise_source(
    model: EnergyModel | DriftMachine, scale: Scale, options: SiliconOptions
) -> NoiseBits | None:
    """Return the one-bit noise sources; None for external currents.

    Raises:
        DesignError: if their current is outside the range that was measured.
    """
    if options.noise == "external":
        return None
    bits = noise_bits(scale, model.kT, model.mobility, options.bit_hold)
    low, high = NOISE_RANGE
    if not low <= bits.ampere <= high:
        raise DesignError(
            f"the one-bit noise sources need {engineering(bits.ampere, 'A')} each, outside "
            f"{engineering(low, 'A')} to {engineering(high, 'A')}; change bit_hold (the "
            "current goes with its inverse root)"
        )
    return bits


def _pair(model: EnergyModel | DriftMachine, scale: Scale, kit: Kit) -> PairChoice:
    """Return the pair of a quartic energy, or of a table: that of a pair at the same scale."""
    onsite = model.onsite
    if isinstance(onsite, Tabulated):
        return choose_pair(scale.volt, scale.ampere, kit)
    if not isinstance(onsite, Quartic):
        raise DesignError(
            f"family silicon makes a quartic onsite energy, not {onsite.kind!r}; give a Quartic "
            "or the extracted table of its pair"
        )
    J2, J4 = np.unique(onsite.J2), np.unique(onsite.J4)
    if J2.size > 1 or J4.size > 1 or not (J2[0] > 0 and J4[0] > 0):
        raise DesignError(
            "family silicon's units are alike, each with J2 > 0 and J4 > 0; give two numbers"
        )
    stretch = float(np.sqrt(J2[0] / J4[0]))  # of x, to where the energy is x^2 + x^4
    return choose_pair(scale.volt * stretch, scale.ampere * float(J2[0]) * stretch, kit)


def _couplings(model: EnergyModel | DriftMachine, scale: Scale, kit: Kit) -> Couplings:
    matrix = sp.coo_array(model.J)
    order = np.lexsort((matrix.col, matrix.row))
    rows, columns, J = matrix.row[order], matrix.col[order], matrix.data[order]
    used = J != 0
    driven, driving = (np.asarray(each[used], dtype=np.intp) for each in (rows, columns))
    tails = coupling_table(kit).tails(np.abs(J[used]) * scale.siemens)
    return Couplings(driven, driving, J[used] > 0, tails)


def _parts(board: _Board) -> Iterator[Parts]:
    model, scale = board.model, board.scale
    n, own, bits = model.n_units, board.couplings, board.wiring.bits
    unit = np.arange(n)
    ground = np.stack([unit, np.full(n, GROUND)], axis=1)
    yield Parts("capacitor", "capacitor", ground, scale.farad - _parasitic(board))
    if not board.mirrors:
        yield Parts("bias", "current", ground, model.b * scale.ampere)
        if len(own):
            yield Parts("offset-correction", "current", ground, -offset_sums(own, n))
        if bits:
            offsets = np.full(n, -_noise_offset(bits, board.options))
            yield Parts("noise-correction", "current", ground, offsets)
    yield from board.wiring.parts()
    if bits:
        yield from bit_parts(bits, board.wiring.noise_nodes)
    else:
        yield Parts("noise", "noise", ground, np.full(n, scale.noise_psd(model.kT)))


def _parasitic(board: _Board) -> FloatArray:
    """Return the capacitance of the transistors at each unit's node, (N,), F.

    Raises:
        DesignError: if that leaves too little of C.
    """
    n, own, table = board.model.n_units, board.couplings, coupling_table(board.wiring.kit)
    total = np.full(n, board.choice.farad)
    if board.mirrors:
        total += leg_farad(board.options.dac_bits)
    if board.wiring.bits:
        total += noise_farad(board.options.bias)
    if len(own):
        total += np.bincount(own.driven, table.at("output_farad", own.tail_ampere), minlength=n)
        gates = np.where(own.positive, table.near_farad, table.far_farad)
        total += np.bincount(own.driving, gates, minlength=n)
    worst = int(np.argmax(total))
    farad = board.scale.farad
    if total[worst] > (1 - _LEAST_FARAD) * farad:
        needed = engineering(total[worst] / (1 - _LEAST_FARAD), "F")
        raise DesignError(
            f"the transistors at unit {worst} have {engineering(total[worst], 'F')}, too much for "
            f"C = {engineering(farad, 'F')}; use at least C = {needed}, or fewer couplings"
        )
    return total


def _watt(board: _Board) -> float:
    """Return the static power at 0 V: replicas, pairs, tails with references, biases."""
    pairs = 1 + board.model.n_units  # a replica is on one supply of the two
    currents = pairs * board.choice.sizes.bias_ampere
    currents += 2 * float(board.couplings.tail_ampere.sum())
    if board.wiring.bits:
        # Source, reference, the half of a tail that is steered away; the line that feeds all.
        lines = 1 if board.mirrors else 0
        currents += (3 * board.model.n_units + lines) * board.wiring.bits.ampere
    biases, mirrors = board.model.b * board.scale.ampere, board.mirrors
    if mirrors:
        biases, currents = mirrors.units.values, currents + mirrors.overhead_ampere
    currents += float(np.sum(np.abs(biases))) / 2  # of one supply
    return currents * board.wiring.kit.supply_volt


def _remarks(board: _Board) -> Iterator[str]:
    choice, scale, options = board.choice, board.scale, board.options
    if choice.odd > _ODD:
        low, _, high = board.wiring.kit.volts
        yield (
            f"the pair's force is within {choice.odd:.1%} of the quartic's, not within 1 %: V0 of "
            f"{low:g} to {high:g} V is, or train on its extracted curve"
        )
    if board.left_out:
        yield (
            f"{board.left_out} couplings are below half a step of their converters and are left "
            "out; more dac_bits keep them"
        )
    recommended = 2.0 * board.model.n_units * scale.farad
    if options.decoupling_farad < recommended:
        yield (
            f"bias lines have {engineering(options.decoupling_farad, 'F')} each: units couple "
            f"through them; {engineering(recommended, 'F')} (2 C for each unit) keeps them apart"
        )
