"""ngspice's own account of its elements' power, to compare ours with.

The circuit runs once in the program ngspice, with every element probed. What ngspice 39 has to
say of each kind:

    resistor, transconductor, capacitor, dc current source    @element[p]
    behavioural source                 @element[i] times its port's voltage; it has no p
    diode                              @element[id] times its port's voltage; its p is inf
    noise source                       nothing (its @element[p] counts the dc value alone): a 0 V
                                       source in series shows its current

The noise is the written-out kind (`noise="pwl"`), so that the same seed gives the same bytes.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design
from hwkit.energy.laws import across, check_kinds, conducted
from hwkit.errors import DesignError, SimulationError
from hwkit.netlist import render
from hwkit.netlist.elements import element_references
from hwkit.netlist.raw_files import RawPlot, read_raw
from hwkit.spice.library import find_program

FloatArray = NDArray[np.float64]

_MOST_ELEMENTS = 500
_OPTIONS = "trtol=1e6 maxord=1 reltol=1e-6"
_CURRENT = {"diode": "id", "cubic": "i", "transcubic": "i", "saturating": "i", "limiter": "i"}


@dataclass(frozen=True, eq=False)
class Probed:
    """Power that elements take up, as ngspice has it and by our laws, at its own time points.

    Attributes:
        roles: class of each element.
        ngspice: from its probes, (elements, points), W.
        ours: from its node voltages and the design's values, (elements, points), W.
    """

    roles: tuple[str, ...]
    ngspice: FloatArray
    ours: FloatArray

    @property
    def error(self) -> float:
        """Largest difference between the two, relative to the largest power of any element."""
        return float(np.abs(self.ours - self.ngspice).max() / np.abs(self.ngspice).max())

    @property
    def imbalance(self) -> float:
        """Largest sum of ngspice's powers over all elements, relative to the sum of magnitudes."""
        return float(np.max(np.abs(self.ngspice.sum(axis=0)) / np.abs(self.ngspice).sum(axis=0)))

    def without(self, role: str) -> "Probed":
        """Return the same account with one class left out."""
        kept = [k for k, own in enumerate(self.roles) if own != role]
        names = tuple(self.roles[k] for k in kept)
        return Probed(names, self.ngspice[kept], self.ours[kept])


def probe(
    design: Design,
    t_final: float = 0.25,
    dt: float = 2.5e-3,
    seed: int = 0,
    x0: ArrayLike | None = None,
) -> Probed:
    """Run a small design in the program ngspice with a probe at every element.

    Args:
        design: a circuit of the family rc or resistive.
        t_final, dt: of the run, in model time.
        seed: of its noise.
        x0: start state, (N,), in model units; zeros if None.

    Raises:
        DesignError: if the design is too large, or holds elements whose energy is not known.
        SimulationError: if the program is missing or fails.
    """
    check_kinds(design)
    if design.n_elements > _MOST_ELEMENTS:
        raise DesignError(
            f"the design has {design.n_elements} elements; probing is for at most "
            f"{_MOST_ELEMENTS}: give a smaller machine"
        )
    start = None if x0 is None else np.asarray(x0, dtype=np.float64)
    text = render(design, "ngspice", "pwl", t_final, dt, x0=start, seed=seed).text
    plot = _run(_probed(text, design))
    return _account(plot, design)


def _probed(text: str, design: Design) -> str:
    """Return the netlist with a 0 V source beside every noise source, and all of it saved."""
    text = re.sub(r"^(In(\d+) \S+) (\S+) ", r"\1 hwkit__s\2 ", text, flags=re.M)
    ends = [node for _, node in _noise_ends(design)]
    senses = "".join(f"Vhwkit__s{k} hwkit__s{k} {node} dc 0\n" for k, node in enumerate(ends))
    wanted = [f"v({node})" for node in design.nodes]
    wanted += [f"i(Vhwkit__s{k})" for k in range(len(ends))]
    for parts in design.parts:
        if parts.kind != "noise":
            field = _CURRENT.get(parts.kind, "p")
            wanted += [f"@{name.lower()}[{field}]" for name in element_references(parts)]
    kept = [line for line in text.splitlines() if not line.startswith((".print", ".save", ".end"))]
    kept += [senses.rstrip(), f".options {_OPTIONS}", *(f".save {name}" for name in wanted)]
    return "\n".join([*kept, ".end", ""])


def _noise_ends(design: Design) -> list[tuple[str, str]]:
    names = [*design.nodes, "0"]
    return [(names[b], names[a]) for a, b in design.group("noise").nodes.tolist()]


def _run(text: str) -> RawPlot:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".spiceinit").touch()  # the user's own would change results
        Path(folder, "probed.cir").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [str(find_program()), "-b", "-r", "probed.raw", "probed.cir"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not Path(folder, "probed.raw").is_file():
            raise SimulationError(f"ngspice could not run the probed circuit: {done.stderr[-300:]}")
        return read_raw(Path(folder, "probed.raw"))[-1]


def _account(plot: RawPlot, design: Design) -> Probed:
    """Line up ngspice's powers with ours, from the second point on."""
    volts = np.stack([plot[f"v({node})".lower()] for node in design.nodes], axis=1)
    steps = np.diff(plot["time"])[:, None]
    roles: list[str] = []
    theirs, ours = [], []
    for parts in design.parts:
        port = across(parts, volts)[1:]
        if parts.kind == "noise":
            probed = [plot[f"i(vhwkit__s{k})"][1:] for k in range(len(parts))]
            current = -np.stack(probed, axis=1)
            own = port * current  # ngspice alone knows the current of a source
        elif parts.kind == "capacitor":
            own = port * parts.values * np.diff(across(parts, volts), axis=0) / steps
        else:
            own = port * conducted(parts, volts)[1:]
        roles += [parts.role] * len(parts)
        ours += list(own.T)
        if parts.kind == "noise":
            theirs += list(own.T)
            continue
        for number, reference in enumerate(element_references(parts)):
            name = reference.lower()
            field = _CURRENT.get(parts.kind, "p")
            if field == "p":
                theirs.append(plot[f"@{name}[p]"][1:])
            else:
                theirs.append(plot[f"i(@{name}[{field}])"][1:] * port[:, number])
    return Probed(tuple(roles), np.stack(theirs), np.stack(ours))
