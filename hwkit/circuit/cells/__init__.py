"""Circuit families, one file each: from model, scale and options to a design.

Another package adds a family by an entry point of the group `hwkit.cells`, a `Family`.
"""

from collections.abc import Iterator, Mapping

from hwkit.circuit.cells import rc, resistive, rlc, spu
from hwkit.circuit.cells.family import Family
from hwkit.errors import ConfigError
from hwkit.plugins import installed

GROUP = "hwkit.cells"
_OWN = {family.name: family for family in (rc.FAMILY, resistive.FAMILY, rlc.FAMILY, spu.FAMILY)}


class Families(Mapping[str, Family]):
    """The families by name, hwkit's own first; those of other packages are loaded when asked for.

    Raises:
        ConfigError: if an entry point is not the family of its name.
    """

    def __getitem__(self, name: str) -> Family:
        if name in _OWN:
            return _OWN[name]
        found = installed(GROUP)[name].load()
        if not isinstance(found, Family) or found.name != name:
            raise ConfigError(
                f"entry point {name!r} of {GROUP} is not the hwkit Family of its name"
            )
        return found

    def __iter__(self) -> Iterator[str]:
        yield from _OWN
        yield from (name for name in installed(GROUP) if name not in _OWN)

    def __len__(self) -> int:
        return sum(1 for _ in self)


CELLS = Families()
