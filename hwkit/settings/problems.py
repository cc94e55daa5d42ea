"""What is wrong with a study's settings, in one sentence of our own words."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hwkit.errors import ConfigError
from hwkit.settings.needs import KIND

RENAMED = {  # settings of version 0.1 -> of today
    "law": "distribution",
    "law_resolution": "distribution_resolution",
    "plain_loses": "min_plain_loss",
    "worse": "max_regression",
}

_WHOLE, _NUMBER = "it must be a whole number", "it must be a number"
_DEMANDS = {  # pydantic's types of error in our words
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
    "dict_type": "it must be a table",
    "finite_number": "it must be finite",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "greater_than": "it must be above {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "less_than": "it must be below {lt}",
    "less_than_equal": "it must be at most {le}",
    "list_type": "it must be a list",
    "literal_error": "choose {expected}",
    "model_type": "it must be a table",
    "string_pattern_mismatch": "only letters, digits, - and _ are allowed",
    "string_too_short": "it must not be empty",
    "string_type": "it must be text in quotes",
    "too_short": "it needs at least {min_length}",
    "too_long": "it takes at most {max_length}",
    "tuple_type": "it must be a list",
}


@contextmanager
def in_one_sentence(kind: type[BaseModel]) -> Iterator[None]:
    """Put what pydantic refuses of a kind of table into a sentence.

    Raises:
        ConfigError: with that sentence.
    """
    try:
        yield
    except ValidationError as error:
        raise ConfigError(first_problem(kind, error)) from error
    except OverflowError as error:
        raise ConfigError(f"a number of the study is too large ({error})") from error


def first_problem(kind: type[BaseModel], error: ValidationError) -> str:
    """Say what is wrong in one sentence, with the nearest known name for an unknown one."""
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == KIND:
        prefix = "".join(f"{part}." for part in problem["loc"])
        return str(problem["ctx"]["words"]).replace("{p}", prefix)
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    if problem["type"] == "missing":
        return f"{place} is missing; give it"
    if problem["type"] == "extra_forbidden":
        names = list(_section(kind, problem["loc"][:-1]).model_fields)
        given = str(problem["loc"][-1])
        near = [RENAMED[given]] if given in RENAMED else difflib.get_close_matches(given, names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
        return f"{place} is not a setting; {hint}"
    return f"{place} is {problem['input']!r}; {demand(problem)}"


def demand(problem: ErrorDetails) -> str:
    """Say what a setting or an option must be."""
    words, limits = _DEMANDS.get(problem["type"]), problem.get("ctx", {})
    if words is None:
        return f"{problem['msg'][0].lower()}{problem['msg'][1:]}"
    return words.format(**limits)


def _section(kind: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the section of a plan at a place, through lists and tables of sections too."""
    for part in location:
        if part not in kind.model_fields:  # a place in a list, or a key of a table
            continue
        annotation = kind.model_fields[str(part)].annotation
        for inner in getattr(annotation, "__args__", (annotation,)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                kind = inner
                break
    return kind
