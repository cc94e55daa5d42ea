"""The measurements that both consumers ask for: clamped nodes, small signals, later times."""

import random
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.differential.consumers import UnmeasurableError
from tests.differential.questions import Question, Step, Vectors

FloatArray = NDArray[np.float64]

STATES = 5
TOLERANCE = 1e-6
EXTERNAL = 1e-7  # what external sources deliver after t = 0, A
_NOISE = re.compile(r"^(in\S*)\s+\S+\s+\S+\s+(?!.*\bdc\b).*\bpwl\b")


def joined(text: str) -> list[str]:
    """Return the lines of a netlist in lower case, continued ones joined, in the simplest way."""
    lines: list[str] = []
    for line in text.lower().splitlines()[1:]:
        code = re.split(r";|(?:^|\s)\$|//", line)[0].strip()
        if code.split()[:1] == [".end"]:
            break
        if code.startswith("+") and lines:
            lines[-1] += " " + code[1:]
        elif code and code[0] != "*":
            lines.append(code)
    return lines


def count(text: str, letter: str) -> int:
    """Return how many elements of a letter there are."""
    return sum(line.startswith(letter) for line in joined(text))


def waveform_noise(text: str) -> list[str]:
    """Return the names of currents whose noise is written out: they are no part of the force."""
    return [match[1] for line in joined(text) if (match := _NOISE.match(line))]


def small_sources(text: str) -> list[str]:
    """Return the names of sources that drive small signals: they are no part of the circuit.

    Raises:
        UnmeasurableError: if one is in a subcircuit, where it has other names.
    """
    inside, found = False, []
    for line in joined(text):
        inside = (inside or line.startswith(".subckt")) and not line.startswith(".ends")
        if re.match(r"[iv].*\bac\b", line):
            if inside:
                raise UnmeasurableError("a source of small signals in a subcircuit")
            found.append(line.split()[0])
    return found


def copied_diodes(text: str) -> bool:
    """Say whether a diode has m=: ngspice 39 multiplies by it again at each alter and analysis."""
    return any(re.match(r"d.*\bm\s*=", line) for line in joined(text))


def question(
    text: str,
    nodes: Sequence[str],
    volts: FloatArray,
    amplitudes: FloatArray,
    omega: float,
    extra: Sequence[str] = (),
    external: float = 0.0,
) -> Question:
    """Ask for clamp currents at states, for small amplitudes, and over time at the last state."""

    def lines(state: Sequence[float]) -> tuple[str, ...]:
        ends = zip(nodes, state, amplitudes.tolist(), strict=True)
        clamps = [f"vhwq{k} {node} 0 dc {v!r} ac {a!r}" for k, (node, v, a) in enumerate(ends)]
        return (*clamps, *extra)

    wanted = tuple(f"vhwq{k}#branch" for k in range(len(nodes)))
    mute = [f"alter {name} dc = 0" for name in waveform_noise(text)]
    silent = [f"alter {name} ac = 0" for name in small_sources(text)]
    hertz, end = omega / (2 * np.pi), 20 / omega
    runs = [
        *(([], ["op"], state, ()) for state in volts.tolist()),
        (silent, [f"ac lin 1 {hertz!r} {hertz!r}"], volts[-1].tolist(), ()),
        ([], [f"tran {end / 20!r} {end!r}"], volts[-1].tolist(), ("time",)),
    ]
    steps = []
    for before, run, state, more in runs:
        if copied_diodes(text):
            steps.append(Step((*mute, *before, *run), (*wanted, *more), lines(state)))
            continue
        alters = [f"alter vhwq{k} dc = {v!r}" for k, v in enumerate(state)]
        steps.append(Step((*mute, *alters, *before, *run), (*wanted, *more)))
    return Question(text, lines(volts[0].tolist()), tuple(steps), external)


def currents(answer: Sequence[Vectors], n: int) -> FloatArray:
    """Return what each clamp delivers at each state, (states, n)."""
    return np.array([[-v[f"vhwq{k}#branch"][0].real for k in range(n)] for v in answer[:STATES]])


def small(answer: Sequence[Vectors], n: int) -> NDArray[np.complex128]:
    """Return what each clamp delivers for the small signal, (n,)."""
    return np.array([-answer[STATES][f"vhwq{k}#branch"][0] for k in range(n)], dtype=complex)


def over_time(answer: Sequence[Vectors], n: int) -> FloatArray:
    """Return what each clamp delivers at five times after the start, (5, n)."""
    last = answer[STATES + 1]
    count = last["time"].size
    picked = np.unique(np.linspace(min(2, count - 1), count - 1, 5).astype(int))
    return np.array([[-last[f"vhwq{k}#branch"][p] for k in range(n)] for p in picked])


def time_scale(currents: FloatArray, farad: FloatArray, answer: Sequence[Vectors]) -> float:
    """Return the largest current, or what the last bit of a charge does in the shortest step."""
    step = float(np.min(np.diff(answer[STATES + 1]["time"])))
    rounding = 1e-15 * float(np.max(np.abs(farad), initial=0.0)) / step
    return max(float(np.max(np.abs(currents), initial=0.0)), rounding / TOLERANCE)


def amplitudes(rng: random.Random, n: int) -> FloatArray:
    """Return small-signal amplitudes of 0.5 to 1."""
    return np.array([rng.uniform(0.5, 1.0) for _ in range(n)])


def differ(
    name: str, mine: FloatArray, theirs: FloatArray, scale: float | None = None
) -> list[str]:
    """Return a sentence if two arrays are further apart than the definition allows."""
    largest = max(float(np.max(np.abs(mine), initial=0)), float(np.max(np.abs(theirs), initial=0)))
    scale = largest if scale is None else scale
    gap = np.abs(mine - theirs)
    if gap.size == 0 or bool(np.all(gap <= TOLERANCE * scale)):
        return []
    place = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
    return [f"{name}: hwkit {mine[place]:.9g}, ngspice {theirs[place]:.9g}"]
