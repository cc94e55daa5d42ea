"""Options of a circuit family, by name: what study files and the command line give."""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from hwkit.circuit.cells import CELLS
from hwkit.errors import DesignError


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
    given = {
        name: _number(cell, name, value) if kinds[name] in (int, float) else value
        for name, value in values.items()
    }
    return CELLS[cell].options(**given)


def _number(cell: str, name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise DesignError(f"{cell} option {name} is {value!r}; it must be a number") from None
