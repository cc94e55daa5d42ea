"""Options of a circuit family, by name: what study files and the command line give."""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from hwkit.circuit.cells import CELLS
from hwkit.circuit.cells.family import Family
from hwkit.errors import DesignError
from hwkit.terminal import is_plain


def family_options(cell: str, values: Mapping[str, Any]) -> Any:
    """Return the options of a family.

    Args:
        cell: circuit family.
        values: option -> value; numbers may be text, as they are on the command line.

    Raises:
        DesignError: if the family or an option is unknown, or a value is not allowed.
    """
    if cell not in CELLS:
        raise DesignError(f"circuit family {cell!r} is unknown; choose one of {', '.join(CELLS)}")
    known = [option.name for option in fields(CELLS[cell].options)]
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
            raise DesignError(f"family {cell} has no option {name!r}; {hint}")
    kinds = get_type_hints(CELLS[cell].options)  # a cell of the user's may have them as text
    given = {name: _typed(cell, name, value, kinds[name]) for name, value in values.items()}
    return CELLS[cell].options(**given)


def _typed(cell: str, name: str, value: Any, kind: Any) -> Any:
    """Return a value as the option's kind has it."""
    if kind not in (int, float):
        return value
    number = _number(cell, name, value)
    if kind is float:
        return number
    if not number.is_integer():
        raise DesignError(f"{cell} option {name} is {value!r}; it must be a whole number")
    return int(number)


def _number(cell: str, name: str, value: Any) -> float:
    try:
        if isinstance(value, bool) or (isinstance(value, str) and not is_plain(value)):
            raise ValueError
        return float(value)
    except (TypeError, ValueError):
        raise DesignError(f"{cell} option {name} is {value!r}; it must be a number") from None


def checked_options(cell: str, options: Any) -> tuple[Family, Any]:
    """Return a family and its options; None for those of ideal parts.

    Raises:
        DesignError: if the family is unknown or the options are another's.
    """
    if cell not in CELLS:
        raise DesignError(f"circuit family {cell!r} is unknown; choose one of {', '.join(CELLS)}")
    family = CELLS[cell]
    options = family.options() if options is None else options
    if not isinstance(options, family.options):
        raise DesignError(
            f"family {cell} takes {family.options.__name__}, not {type(options).__name__}"
        )
    return family, options
