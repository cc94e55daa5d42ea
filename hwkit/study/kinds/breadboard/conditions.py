"""Yield in other rooms and with other amplifiers, and the entry that costs most.

A diode's saturation current at a temperature T, with the catalogue's gap energy EG and exponent
XTI, is I_s exp((T/T0 - 1) EG / (n k T/e) + (XTI/n) ln(T/T0)), and its slope is n k T/e. Resistors
and capacitors of the board change by 0.1 % and less, which is left out. Amplifiers have offsets,
evenly distributed up to the catalogue's largest. All boards run on the same noise and have the same
draws, so that rows differ by what they say alone.
"""

from dataclasses import replace

import numpy as np
from scipy.constants import zero_Celsius

from hwkit.circuit.catalogue import Orderable, read_catalogue
from hwkit.circuit.junctions import saturation_exponent
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Uniform
from hwkit.circuit.variation.drawing import Drawing
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.results import Condition
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.study.kinds.breadboard.yields import board_shares
from hwkit.tolerance import drawn, estimate_yield
from hwkit.twin import Boards
from hwkit.units import THERMAL_KELVIN
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_DIODES = "onsite-diode"
_OFFSETS = "amplifier offsets"


def measure_conditions(subject: Subject, progress: Progress) -> list[Condition]:
    """Return boards in every condition, then boards with one entry alone, at the extremes."""
    plan, rows = subject.plan, []
    rooms = plan.boards.celsius
    amplifiers = offered_amplifiers()
    every = plan.boards.variation().spreads
    tasks = [
        (f"{amplifier.number}, {celsius:g} °C", (*every, _offsets(subject, amplifier)), celsius)
        for amplifier in amplifiers
        for celsius in rooms
    ]
    room = THERMAL_KELVIN - zero_Celsius
    tasks += [(f"{entry.name} alone", (entry,), room) for entry in every]
    tasks += [(f"offset of {a.number} alone", (_offsets(subject, a),), room) for a in amplifiers]
    tasks += [(f"diodes at {celsius:g} °C alone", (), celsius) for celsius in rooms]
    for k, (name, spreads, celsius) in enumerate(tasks, start=1):
        rows.append(_condition(subject, name, Variation(spreads), celsius))
        progress(k, len(tasks))
    return rows


def offered_amplifiers() -> list[Orderable]:
    """Return the amplifiers of the catalogue."""
    return [row for row in read_catalogue() if row.role == "dual-amplifier"]


def _offsets(subject: Subject, amplifier: Orderable) -> Spread:
    gain = float(subject.design.group("amplifier-gain").values[0])
    reach = Uniform(gain * amplifier.value("offset_volt"))
    return Spread(_OFFSETS, "amplifier-offset", reach, relative=False)


def _condition(subject: Subject, name: str, varied: Variation, celsius: float) -> Condition:
    plan = subject.plan
    drawing = Drawing(subject.design, varied, child_seed(plan.seed, "fabrication"))
    count = plan.boards.condition_count if varied.names else 1
    boards = warmed(subject, drawn(drawing, range(count)), celsius)
    table = board_shares(subject, boards)
    limits = plan.boards.recognisable, plan.boards.class_share
    passed = int(np.sum(np.all(table >= limits, axis=1)))
    estimate = estimate_yield(passed, count)
    return Condition(
        name=name,
        alone=name.endswith(" alone"),
        boards=count,
        passed=passed,
        text=estimate.describe(),
        recognisable=float(table[:, 0].mean()),
        class_share=float(table[:, 1].mean()),
    )


def warmed(subject: Subject, boards: Boards, celsius: float) -> Boards:
    """Return boards whose diodes are at a temperature."""
    group, kelvin = subject.design.group(_DIODES), celsius + zero_Celsius
    diode = _diode(subject.plan)
    emission = boards.values.get(f"{_DIODES}.emission", group.parameter("emission")[None])
    ampere = boards.values.get(_DIODES, group.values[None])
    gap, exponent = diode.value("gap_volt"), diode.value("temperature_exponent")
    grown = saturation_exponent(kelvin, THERMAL_KELVIN, emission, gap, exponent)
    warm = {
        _DIODES: ampere * np.exp(grown),
        f"{_DIODES}.emission": emission * kelvin / THERMAL_KELVIN,
    }
    spread = {name: np.broadcast_to(v, (boards.count, len(group))) for name, v in warm.items()}
    return replace(boards, values={**boards.values, **spread})


def _diode(plan: BreadboardPlan) -> Orderable:
    rows = [row for row in read_catalogue() if row.role == "dual-diode"]
    return next((row for row in rows if row.number.startswith(plan.parts.diode)), rows[0])
