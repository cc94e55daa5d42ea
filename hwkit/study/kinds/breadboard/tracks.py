"""The board with its tracks: what they add, simulated in SPICE on the board's own bits.

A net's tracks are in series with every resistor at that net, and have a capacitance to ground and
to their neighbours. A line of bits beside a rail pushes the charge c A (q' - q) into it when its
bit goes from q to q', c its capacitance to the rail. A bit of length T puts A T / R_n into the +
rail and takes it from the - rail, so the bits q_k of all units act on unit j as

    q_j + sum_k K_jk (q_k - what q_k was before),    K_jk = R_n / (2 T) (c_pp - c_pm - c_mp + c_mm)

c_pm from the line of k's + rail to the - rail of j, and so on. Summing nodes are a millimetre from
lines of bits, outputs are driven, and lines of stages and of the clock belong to no unit: left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hwkit.circuit import GROUND, Design
from hwkit.circuit.board.nets import net_of, noise_net
from hwkit.circuit.parts import Parts
from hwkit.netlist.kicad_project import TrackEstimate
from hwkit.study.kinds.breadboard.board import noise_source
from hwkit.study.kinds.breadboard.results import Tracks
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.training import recognise
from hwkit.trajectories import FloatArray


def measure_tracks(subject: Subject, estimate: TrackEstimate) -> Tracks:
    """Run the board with its tracks on the bits of the runs without them."""
    design, rails = subject.design, _rails(subject.design)
    kicks = crosstalk(subject, estimate)
    plain = subject.bits()
    real = subject.bits("tracks", with_tracks(design, estimate), kicks)
    done = plain.completed & real.completed
    farad = max(estimate.farad[net] for side in rails for net in side)
    return Tracks(
        ohm=max(estimate.ohm[net] for net in map(net_of, design.nodes) if net in estimate.ohm),
        farad=farad,
        of_capacitor=farad / design.scale.farad,
        crosstalk=float(np.abs(kicks).max()),
        rms=float(np.sqrt(np.mean((real.final - plain.final)[done] ** 2))),
        recognisable=recognise(real.final, subject.patterns).share,
        without=recognise(plain.final, subject.patterns).share,
        runs=len(real.final),
    )


def with_tracks(design: Design, estimate: TrackEstimate) -> Design:
    """Return a board's design with the resistance and capacitance of its tracks."""
    places = {net_of(node): k for k, node in enumerate(design.nodes)}
    ground = {
        (places[net], GROUND): farad for net, farad in estimate.farad.items() if net in places
    }
    between = {
        (places[a], places[b]): farad
        for (a, b), farad in estimate.mutual.items()
        if a in places and b in places
    }
    groups = [_lengthened(design, group, estimate.ohm) for group in design.parts]
    groups += [_capacitors("track", ground), _capacitors("beside-track", between)]
    return replace(design, parts=tuple(groups))


def crosstalk(subject: Subject, estimate: TrackEstimate) -> FloatArray:
    """Return K_jk of the module's text, (N, N)."""
    source, rails = noise_source(subject.plan.parts, subject.model), _rails(subject.design)
    signs = ((0, 0, 1), (0, 1, -1), (1, 0, -1), (1, 1, 1))  # of line and rail
    farads = [
        [
            sum(s * _mutual(estimate, noise_net(k, a), rails[b][j]) for a, b, s in signs)
            for k in range(subject.model.n_units)
        ]
        for j in range(subject.model.n_units)
    ]
    return np.array(farads) * source.ohm / (2 * source.second)


def _rails(design: Design) -> list[list[str]]:
    """Return the nets of all + rails, then of all - rails."""
    return [[net_of(design.nodes[k]) for k in side] for side in design.terminals.T]


def _mutual(estimate: TrackEstimate, a: str, b: str) -> float:
    return estimate.mutual.get((min(a, b), max(a, b)), 0.0)


def _lengthened(design: Design, group: Parts, ohm: Mapping[str, float]) -> Parts:
    """Return resistors with the tracks at both ends in series, of noise with the line of bits."""
    if group.kind != "resistor":
        return group
    ends = [[net_of(design.nodes[k]) for k in pair if k != GROUND] for pair in group.nodes.tolist()]
    if group.role == "common-mode":
        n = design.model.n_units
        ends = [[*nets, noise_net(k % n, k // n)] for k, nets in enumerate(ends)]
    added = np.array([sum(ohm.get(net, 0.0) for net in nets) for nets in ends])
    return replace(group, values=group.values + added)


def _capacitors(role: str, farads: Mapping[tuple[int, int], float]) -> Parts:
    nodes: Sequence[tuple[int, int]] = list(farads)
    values = np.array([farads[pair] for pair in nodes])
    return Parts(role, "capacitor", np.array(nodes, dtype=np.intp).reshape(-1, 2), values)
