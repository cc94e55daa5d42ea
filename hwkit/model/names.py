"""Names of units: any text that a person would choose, kept as it is.

Circuits get safe node names made from them (`hwkit.circuit.safe_nodes`); nothing else may write a
unit's name into a file that a simulator reads, other than inside a comment.
"""

from collections.abc import Mapping, Sequence, Set

from hwkit.errors import DataError
from hwkit.numbers import is_whole

LONGEST = 200


def checked_names(names: Sequence[str] | None, n_units: int) -> tuple[str, ...] | None:
    """Return the names as a tuple; None stays None.

    Raises:
        DataError: unless there is one name for each unit, all different, each of 1 to 200
            characters that can be written as UTF-8 text.
    """
    if names is None:
        return None
    if isinstance(names, Set):
        raise DataError("names are a set, which has no order of units; give a list of them")
    if isinstance(names, str) or len(names) != n_units:
        raise DataError(f"there are {len(names)} names, but the model has {n_units} units")
    seen: dict[str, int] = {}
    for unit, name in enumerate(names):
        if not isinstance(name, str):
            raise DataError(f"the name of unit {unit} is {name!r}; it must be text")
        if not 0 < len(name) <= LONGEST:
            raise DataError(
                f"the name of unit {unit} has {len(name)} characters; give 1 to {LONGEST}"
            )
        if "\0" in name or any("\ud800" <= letter <= "\udfff" for letter in name):
            raise DataError(
                f"the name of unit {unit} is {name!a}; a character in it can't be stored as text"
            )
        if name in seen:
            raise DataError(
                f"units {seen[name]} and {unit} have the same name {name!r}; rename one of them"
            )
        seen[name] = unit
    return tuple(str(name) for name in names)


def unit_index(unit: int | str, position: Mapping[str, int]) -> int | None:
    """Return the index of a unit that was named by a person; None if there is none.

    A text is a name first: where units are called "1" ... "4", "1" is not the second of them, and
    "0" is none of them, since there digits are names only. Else digits are an index. A number is an
    index.

    Args:
        unit: what the person wrote.
        position: name -> index of every unit.
    """
    if isinstance(unit, str):
        if unit in position:
            return position[unit]
        if not _is_number(unit) or len(unit) > 18 or any(map(_is_number, position)):
            return None
    elif not is_whole(unit):
        return None
    index = int(unit)
    return index if 0 <= index < len(position) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
