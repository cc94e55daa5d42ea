"""Converters of a resistive design: they cancel what its resistors add to each unit."""

import numpy as np

from hwkit.circuit.cells.resistive.board import Board, grounded
from hwkit.circuit.parts import FloatArray, Parts
from hwkit.errors import DesignError

_SUM_SIEMENS = 1e-3  # of the node where an amplifier's inputs meet; its size does not matter


def converters(board: Board, loads: list[Parts]) -> list[Parts]:
    """Return what draws -(1 + error) surplus / 2 times the voltage from rail to rail.

    Args:
        board: the design.
        loads: whose resistors make the surplus.
    """
    between = np.stack(board.rails, axis=1)
    ohm = board.options.snapped(2 / (_surplus(board, loads) * (1 + board.options.converter_error)))
    if board.options.ideal_converter:
        ampere = -2 * board.options.amplifier_offset / ohm  # the output is at twice the input
        offset = Parts("amplifier-offset", "current", between, ampere)
        converter = Parts("converter", "resistor", between, -ohm)
        return [converter, offset] if board.options.amplifier_offset else [converter]
    # A resistor from each rail to an amplifier whose output is at twice the difference.
    plus, minus = board.rails
    output, _ = board.amplifiers
    into_plus, into_minus = np.stack([plus, output], axis=1), np.stack([minus, output], axis=1)
    return [
        Parts("converter", "resistor", between, ohm),
        Parts("converter-plus", "transconductor", into_plus, -2 / ohm),
        Parts("converter-minus", "transconductor", into_minus, 2 / ohm),
    ]


def amplifiers(board: Board) -> tuple[Parts, ...]:
    """Return macromodels of the amplifiers: gain-bandwidth, slew rate, input offset.

    With y the output, u its half and v the voltage between the rails:

        e = v - u + offset,   du/dt = slew/2 tanh(2 pi GBW e / slew)

    so that y settles at 2 (v + offset).
    """
    options, n = board.options, board.model.n_units
    if np.isinf(options.gain_bandwidth):
        raise DesignError(
            "resistive option slew_rate needs a finite gain_bandwidth, in Hz; give both"
        )
    (plus, minus), (half, inputs) = board.rails, board.amplifiers
    rate = 2 * np.pi * options.gain_bandwidth
    gain = np.full(n, -board.scale.farad * rate / 2)
    shape = {"volt": np.array(options.slew_rate / rate), "offset": np.array(0.0)}
    drive = np.stack([half, inputs], axis=1)
    ones = np.full(n, _SUM_SIEMENS)
    ends = np.concatenate([np.stack([inputs, c], axis=1) for c in (plus, minus, half)])
    return (
        Parts("amplifier-capacitor", "capacitor", grounded(half), np.full(n, board.scale.farad)),
        Parts("amplifier-gain", "transconductor", drive, gain)
        if np.isinf(options.slew_rate)
        else Parts("amplifier-gain", "saturating", drive, gain, shape),
        Parts("amplifier-input", "transconductor", ends, np.concatenate([-ones, ones, ones])),
        Parts("amplifier-sum", "resistor", grounded(inputs), 1 / ones),
        Parts("amplifier-offset", "current", grounded(inputs), -options.amplifier_offset * ones),
    )


def _surplus(board: Board, loads: list[Parts]) -> FloatArray:
    """Return the differential conductance that resistors add to each unit, (N,), S."""
    total = np.zeros(len(board.names) + 1)  # the last is ground's
    for parts in loads:
        if parts.kind == "resistor":
            for end in parts.nodes.T:
                np.add.at(total, end, 1 / parts.values)
    plus, minus = board.rails
    return np.asarray((total[plus] + total[minus]) / 2)
