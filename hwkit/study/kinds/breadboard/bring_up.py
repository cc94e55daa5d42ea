"""The bring-up plan: what to measure at each test point, in which order, and within which limits.

supplies    what comes in, 1 %; then the biases, each set by its trimmer
start low   no Rx, the register held at all zeros: every stream is at its first bit, which pulls the
            rails apart. ngspice's operating point, of boards, too
streams on  no Rx: the rms between the rails of each unit. ngspice; the same boards as twins, on one
            noise
digits      the complete board at read-out: mean of each unit by digit, and twice its rms

Limits are three standard deviations over boards; for a bias 0.2 %, which a usual meter resolves.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, fields

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.board import Board, Piece
from hwkit.circuit.board.nets import BIAS_NETS, GROUND_NET, node_of, supply_nets
from hwkit.circuit.variation.drawing import Drawing
from hwkit.netlist import render
from hwkit.study.kinds.breadboard.board import without_converters
from hwkit.study.kinds.breadboard.results import Expected, Passive, Samples
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.tolerance import drawn
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, simulate_boards
from hwkit.wiener import child_seed

_GRADE = 0.01  # of the supplies, and of what theory leaves out
_METER = 0.002  # of what a trimmer is set by
_SIGMAS = 3.0
BOARDS = 20
_READER = "hwkit.spice.node_volts:reader"


def bring_up(subject: Subject, board: Board, passive: Passive, samples: Samples) -> list[Expected]:
    """Return the plan of a board.

    Args:
        subject: the study's machine and design.
        board: the same as parts, with its test points.
        passive: measured before Rx is fitted.
        samples: at read-out.
    """
    bare = without_converters(subject.design)
    boards = _boards(subject, bare)
    return [
        *_supplies(subject, board),
        *start_low(subject, board, bare, boards),
        *_streams_on(subject, board, bare, boards, passive),
        *_digits(subject, board, samples),
    ]


def bring_up_csv(rows: list[Expected]) -> str:
    """Return the plan as CSV, volts with six digits."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow([field.name for field in fields(Expected)])
    for row in rows:
        table.writerow(f"{v:.6g}" if isinstance(v, float) else v for v in astuple(row))
    return stream.getvalue()


def _points(board: Board) -> dict[str, Piece]:
    """Return the test points by their net."""
    return {p.pads["1"]: p for p in board.pieces if p.role == "test-point"}


def _supplies(subject: Subject, board: Board) -> Iterator[Expected]:
    volt = board.supply_volt
    plus, minus = supply_nets(volt)
    wanted = {GROUND_NET: (0.0, 0.0), plus: (volt, _GRADE), minus: (-volt, _GRADE)}
    if board.design.has("supply"):
        asked = subject.plan.parts.bias_volt
        wanted |= dict(zip(BIAS_NETS, ((asked, _METER), (-asked, _METER)), strict=True))
    points, trimmers = _points(board), (p for p in board.pieces if p.role == "trimmer")
    for net, (value, off) in wanted.items():
        reach = off * abs(value)
        point = points[net].designator
        step = f"turn {next(trimmers).designator}" if net in BIAS_NETS else "supplies"
        yield Expected(step, point, net, "DC", value, value - reach, value + reach)


def start_low(subject: Subject, board: Board, bare: Design, boards: Boards) -> Iterator[Expected]:
    """Yield rails and outputs at the operating point of ngspice, streams at their first bit."""
    places = [(piece.designator, net) for net, piece in _points(board).items()]
    headers = [piece for piece in board.pieces if piece.role == "outputs"]
    for header in headers:
        places += [(f"{header.designator} pin {pad}", net) for pad, net in header.pads.items()]
    inside = {*bare.nodes}
    places = [(p, net) for p, net in places if node_of(net) in inside and net not in BIAS_NETS]
    bits = board.streams.bits(0, 1)[0] * subject.plan.parts.noise_volt
    designs = [bare, *(boards.design(bare, k) for k in range(boards.count))]
    texts = [at_bits(design, bits) for design in designs]
    nodes = tuple(node_of(net) for _, net in places)
    volts = np.array(subject.run.map("operating points", _READER, nodes, texts))
    for (point, net), column in zip(places, volts.T, strict=True):
        value = float(column[0])
        reach = _SIGMAS * float(np.std(column[1:], ddof=1)) + _GRADE * abs(value)
        yield Expected("start low, no Rx", point, net, "DC", value, value - reach, value + reach)


def at_bits(design: Design, bits: FloatArray) -> str:
    """Return a design's netlist with the noise resistors at the voltages of bits, (N,)."""
    group, n = design.group("common-mode"), design.model.n_units
    lines = [
        f"Ibit{k} 0 {design.nodes[node]} dc {float(sign * bits[k % n] / ohm)!r}"
        for k, (node, ohm, sign) in enumerate(
            zip(group.nodes[:, 0], group.values, np.repeat([1, -1], n), strict=True)
        )
    ]
    title, *rest = render(design, noise="none").text.splitlines()
    return "\n".join([title, *lines, *rest])


def _streams_on(
    subject: Subject, board: Board, bare: Design, boards: Boards, passive: Passive
) -> Iterator[Expected]:
    """Yield the rms of each unit, its limits from boards on one noise."""
    plan, points = subject.plan, _points(board)
    runs = simulate_boards(
        bare, plan.protocol.t_final, plan.boards.dt, plan.boards.paths, subject.seed("bring-up"),
        boards=boards, mode="implicit", threads=subject.run.jobs,
    )  # fmt: skip
    rms = runs.x[:, :, -1].std(axis=1, ddof=1) * _noise_of(bare, boards)
    apart = rms.std(axis=0, ddof=1) / rms.mean(axis=0)
    names = [board.design.nodes[node] for ends in board.design.terminals for node in ends]
    for k, value in enumerate(passive.spice_rms):
        pair = [points[net] for net in names[2 * k : 2 * k + 2]]
        what = " to ".join(piece.designator for piece in pair)
        reach = (_SIGMAS * float(apart[k]) + _GRADE) * value
        nets = " to ".join(names[2 * k : 2 * k + 2])
        yield Expected("streams on, no Rx", what, nets, "rms", value, value - reach, value + reach)


def _noise_of(design: Design, boards: Boards) -> FloatArray:
    """Return the noise current of each unit, (B, N), over the nominal: that of its resistors."""
    nominal, n = design.group("common-mode").values, design.model.n_units
    if "common-mode" not in boards.values:
        return np.ones((boards.count, n))
    ratio = nominal / boards.values["common-mode"]
    return np.asarray((ratio[:, :n] + ratio[:, n:]) / 2)


def _digits(subject: Subject, board: Board, samples: Samples) -> Iterator[Expected]:
    points, design = _points(board), board.design
    for label, volts in enumerate(samples.classes):
        for k, (mean, rms) in enumerate(zip(volts.mean, volts.rms, strict=True)):
            if mean is None or rms is None:
                continue
            nets = [design.nodes[node] for node in design.terminals[k]]
            what = " to ".join(points[net].designator for net in nets)
            step, named = f"samples of pattern {label}", " to ".join(nets)
            yield Expected(step, what, named, "at read-out", mean, mean - 2 * rms, mean + 2 * rms)


def _boards(subject: Subject, bare: Design) -> Boards:
    """Return drawn boards, what the bare design has of them."""
    varied = subject.plan.boards.with_offsets(subject.design)
    seed = child_seed(subject.plan.seed, "fabrication")
    count = min(BOARDS, subject.plan.boards.count)
    every = drawn(Drawing(subject.design, varied, seed), range(count))
    roles = {group.role for group in bare.parts}
    return Boards({k: v for k, v in every.values.items() if k.split(".")[0] in roles}, count)
