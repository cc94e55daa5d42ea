"""The claim of extract for netlists with inductors: fluxes (rlc) and LC cells (spu).

Currents into the coils' nodes, one at a time, show the matrix Y = 1/R + 1/(jwL) + jwC at two
frequencies; with the meters held at a state, what the inductors carry at rest is minus the current
of all else. With Phi = -v C_f / g of a meter (its transconductor g, its capacitance C_f):

    force = -R second / Phi0 (L^-1 Phi + i),   Phi0 = -volt C_f / g
"""

import random
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit import EnergyModel
from hwkit.netlist.foreign import ForeignNetlist
from tests.differential import bench
from tests.differential.consumers import Claim, UnmeasurableError
from tests.differential.parameters import check_parameters, parameter_probes
from tests.differential.questions import Question, Step, Vectors

_CONDITION = 1e8  # beyond it an inverse says nothing to the digits that are compared
_SEEN = 1e-9  # a current that is a smaller part of one beside it has fewer digits than are compared


def claim_inductive(
    text: str,
    model: EnergyModel,
    units: list[str],
    foreign: ForeignNetlist | None,
    rng: random.Random,
) -> Claim:
    """Ask for the matrices of a machine with inductors, as written and as validate runs it."""
    lower = text.lower()
    flux = any(f"{unit}__flux" in lower for unit in units)
    if flux and not all(f"{unit}__flux" in lower for unit in units):
        raise UnmeasurableError("a unit's coil can't be told from its name")
    if not flux and _elsewhere(text, units):
        raise UnmeasurableError("a unit's coil or meter can't be told from its name")
    meters = [f"{unit}__flux" for unit in units] if flux else []
    volts = np.array([[rng.uniform(-0.15, 0.15) for _ in units] for _ in range(bench.STATES)])
    probes = parameter_probes(lower)
    asked = [_question(text, units, meters, volts, bench.waveform_noise(text), probes)]
    began = np.array([_start(text, meter) for meter in meters])
    if foreign is not None:
        run = foreign.quiet_form()
        asked.append(_question(run.text, list(foreign.inputs), list(foreign.shown), volts))

    def check(answers: list[list[Vectors]]) -> list[str]:
        found, values = check_parameters(model, answers[0][0])
        right = model.force(volts / values["volt"])
        force = _force(answers[0], units, meters, volts, values, began)
        found += bench.differ("force", right, force)
        if foreign is not None:
            nodes = list(foreign.inputs), list(foreign.shown)
            run = _force(answers[1], *nodes, volts, values, np.zeros(len(units)))
            found += bench.differ("validate: force", right, run)
        return found

    return Claim(asked, check)


def _question(
    text: str,
    units: list[str],
    meters: list[str],
    volts: NDArray[np.float64],
    noise: Sequence[str] = (),
    more: Sequence[str] = (),
) -> Question:
    n = len(units)
    extra = [f"ihwq{k} 0 {unit} dc 0 ac 0" for k, unit in enumerate(units)]
    extra += [f"vhwq{k} {meter} 0 dc 0 ac 0" for k, meter in enumerate(meters)]
    steps = []
    for state in volts.tolist():
        alters = [f"alter vhwq{k} dc = {v!r}" for k, v in enumerate(state)] if meters else []
        mute = [f"alter {name} dc = 0" for name in noise]
        steps.append(Step((*mute, *alters, "op"), tuple(units)))
    probes = [f"ihwq{k}" for k in range(n)] + [f"vhwq{k}" for k in range(len(meters))]
    own = bench.small_sources(text)  # .ac would see their signals beside the probe's
    for hertz in (1e5, 3e5):
        for probe in probes:
            silent = [f"alter {other} ac = 0" for other in (*own, *probes)]
            small = (*silent, f"alter {probe} ac = 1", f"ac lin 1 {hertz!r} {hertz!r}")
            steps.append(Step(small, tuple(units)))
    # At rest 1, 2, 4 ... A tell which inductor is at which node.
    marks = [f"alter ihwq{k} dc = {2.0**k}" for k in range(n)]
    steps.append(Step((*marks, "op"), tuple(units)))
    return Question(text, (*extra, *more), tuple(steps))


def _force(
    answer: list[Vectors],
    units: list[str],
    meters: list[str],
    volts: NDArray[np.float64],
    values: dict[str, float],
    began: NDArray[np.float64],
) -> NDArray[np.float64]:
    try:
        with np.errstate(all="ignore"):
            force = _measured(answer, units, meters, volts, values, began)
    except np.linalg.LinAlgError:
        raise UnmeasurableError("the matrix of the coils is singular") from None
    if not np.all(np.isfinite(force)):
        raise UnmeasurableError("a unit's coil or meter can't be told from its name")
    return force


def _elsewhere(text: str, units: list[str]) -> bool:
    """Say whether a capacitor or inductor touches no unit: then these are no LC cells by name."""
    cell = "x"  # what hwkit's own cells call their unit
    pairs = [line.split()[1:3] for line in bench.joined(text) if line[0] in "cl"]
    return any({*pair}.isdisjoint([*units, cell]) for pair in pairs)


def _measured(
    answer: list[Vectors],
    units: list[str],
    meters: list[str],
    volts: NDArray[np.float64],
    values: dict[str, float],
    began: NDArray[np.float64],
) -> NDArray[np.float64]:
    n, runs = len(units), len(units) + len(meters)
    omegas = 2 * np.pi * np.array([1e5, 3e5])
    parts = [answer[bench.STATES + k * runs : bench.STATES + (k + 1) * runs] for k in (0, 1)]
    Z = [np.array([[run[u][0] for u in units] for run in part[:n]]).T for part in parts]
    if max(map(np.linalg.cond, Z)) > _CONDITION:
        raise UnmeasurableError("the units are of too different sizes")
    Y = [np.linalg.inv(z) for z in Z]
    # Im Y = w C - L^-1 / w at two frequencies
    inverse = (omegas[1] * Y[0].imag - omegas[0] * Y[1].imag) / (
        omegas[0] / omegas[1] - omegas[1] / omegas[0]
    )
    largest = float(np.max(np.abs(inverse))) / omegas[1]
    if not meters and largest > 1e4 * float(np.max(np.abs(Y[1].imag + inverse / omegas[1]))):
        raise UnmeasurableError("the inductors hide the capacitors")
    farad = (Y[0].imag + inverse / omegas[0]) / omegas[0]
    ohm = 1 / np.diagonal(Y[0].real)
    states = volts / values["volt"]
    if not meters:  # LC cells: 2 J2 + J is the matrix of capacitances
        return np.asarray(-(states @ farad.T) * ohm / values["second"])
    siemens, charge = np.zeros(n), np.zeros(n)
    for k in range(n):
        run = parts[0][k]
        siemens[k] = (-run[f"vhwq{k}#branch"][0] / run[units[k]][0]).real
        held = parts[0][n + k]
        own = -held[f"vhwq{k}#branch"][0] - siemens[k] * held[units[k]][0]
        if abs(own) < _SEEN * abs(siemens[k] * held[units[k]][0]):
            raise UnmeasurableError("a meter's charge is lost behind its transconductor")
        charge[k] = own.imag / omegas[0]
    weber = -values["volt"] * charge / siemens
    still = np.array([_static(answer, state, n) for state in range(bench.STATES)])
    # An inductor starts without a current; sources beside it carry that of the start's flux.
    flux = (states - began / values["volt"]) * weber
    return np.asarray(-(flux @ inverse.T + still) * ohm * values["second"] / weber)


def _start(text: str, node: str) -> float:
    """Return the voltage that `.ic` gives a node, 0 without."""
    found = re.findall(rf"^\.ic v\({re.escape(node)}\)=(\S+)$", "\n".join(bench.joined(text)), re.M)
    return float(found[-1]) if found else 0.0


def _static(answer: list[Vectors], state: int, n: int) -> NDArray[np.float64]:
    """Return the current that leaves each coil's node beside the inductors: minus theirs."""
    names = [k for k in answer[state] if k.endswith("#branch") and not k.startswith("vhw")]
    total = np.zeros(n)
    for name in names:
        carried = answer[-1][name][0] - answer[bench.STATES - 1][name][0]
        for k in range(n):
            if abs(abs(carried) - 2.0**k) < 1e-6:
                total[k] -= np.sign(carried) * answer[state][name][0]
    return total
