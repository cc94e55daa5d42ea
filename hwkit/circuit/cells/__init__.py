"""Circuit families, one file or folder each: from model, scale and options to a design.

Another package adds a family by an entry point of the group `hwkit.cells`, a `Family`.
"""

from collections.abc import Iterator, Mapping

from hwkit.circuit.cells import rc, resistive, rlc, silicon, spu
from hwkit.circuit.cells.family import Family
from hwkit.plugins import installed, load_installed

GROUP = "hwkit.cells"
OWN_CELLS = {
    family.name: family
    for family in (rc.FAMILY, resistive.FAMILY, rlc.FAMILY, spu.FAMILY, silicon.FAMILY)
}


class Families(Mapping[str, Family]):
    """The families by name, hwkit's own first; those of others are loaded when asked for."""

    def __getitem__(self, name: str) -> Family:
        if name in OWN_CELLS:
            return OWN_CELLS[name]
        if name not in installed(GROUP):
            raise KeyError(name)
        return load_installed(GROUP, name, Family)

    def __iter__(self) -> Iterator[str]:
        yield from OWN_CELLS
        yield from (name for name in installed(GROUP) if name not in OWN_CELLS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


CELLS = Families()
