"""Settings that would change nothing: a plan says on what each hangs, and refuses them otherwise.

A section lists its `rules`. One that a given setting breaks is an error, in a file as in Python. A
setting counts as given if it was named; in a section that names all of its settings, as the dump of
a plan does, if it is not the default.
"""

from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

KIND = "no_effect"  # pydantic's type of these errors; their context has `words`, with {p} for where


class Rule(Protocol):
    """What a section asks of its settings."""

    def broken(self, section: BaseModel) -> str | None:
        """Say what is wrong, with {p} before each name of a setting; None if nothing is."""


@dataclass(frozen=True)
class Needs:
    """Settings that have an effect only with another one.

    Attributes:
        settings: names, parted by spaces; those of nested sections with dots.
        on: names of the others: one of them must be as follows.
        values: what that one must be or contain; if not said anything but 0, none or empty, and 0
            too where the default is none.
    """

    settings: str
    on: str
    values: tuple[object, ...] = ()

    def broken(self, section: BaseModel) -> str | None:
        """See `Rule`."""
        others = self.on.split()
        if any(_is_on(section, name, self.values) for name in others):
            return None
        wanted = f" to {' or '.join(map(repr, self.values))}" if self.values else ""
        for name in self.settings.split():
            if is_given(section, name):
                now = ", ".join(f"{{p}}{other} is {_told(section, other)}" for other in others)
                remedy = " or ".join(_remedy(section, other) for other in others)
                return (
                    f"{{p}}{name} changes nothing while {now}; {remedy}{wanted}, or leave "
                    f"{{p}}{name} out"
                )
        return None


@dataclass(frozen=True)
class Unused:
    """A setting that a section inherits and never uses, and why."""

    setting: str
    why: str

    def broken(self, section: BaseModel) -> str | None:
        """See `Rule`."""
        if not is_given(section, self.setting):
            return None
        return f"{{p}}{self.setting} changes nothing: {self.why}; leave it out"


@dataclass(frozen=True)
class NotBoth:
    """Two settings of which one says what the other does."""

    setting: str
    other: str

    def broken(self, section: BaseModel) -> str | None:
        """See `Rule`."""
        if not (is_given(section, self.setting) and is_given(section, self.other)):
            return None
        return (
            f"{{p}}{self.setting} changes nothing beside {{p}}{self.other}; leave one of them out"
        )


@dataclass(frozen=True)
class AtMost:
    """A number, or numbers, of which what lies above another setting would change nothing."""

    setting: str
    limit: str

    def broken(self, section: BaseModel) -> str | None:
        """See `Rule`."""
        value, limit = value_of(section, self.setting), value_of(section, self.limit)
        numbers = [n for n in (value if isinstance(value, list) else [value]) if n is not None]
        if limit is None or not is_given(section, self.setting):
            return None
        if all(int(str(number)) <= int(str(limit)) for number in numbers):
            return None
        return (
            f"{{p}}{self.setting} is {value}, but what lies above {{p}}{self.limit} = {limit} "
            f"changes nothing; give at most {limit}"
        )


@dataclass(frozen=True)
class Among:
    """A setting that must be an entry of a list."""

    setting: str
    choices: str

    def broken(self, section: BaseModel) -> str | None:
        """See `Rule`."""
        value, choices = value_of(section, self.setting), value_of(section, self.choices)
        if not isinstance(choices, list) or value in choices:
            return None
        named = ", ".join(map(str, choices)) or "nothing"
        return f"{{p}}{self.setting} is {value!r}, which is not among the {self.choices} {named}"


def check_rules(section: BaseModel, rules: tuple[Rule, ...]) -> None:
    """Raise a pydantic error for the first rule that is broken."""
    for rule in rules:
        words = rule.broken(section)
        if words is not None:
            told = words.replace("{p}", "")  # not format: values may hold braces
            raise PydanticCustomError(KIND, "{told}", {"told": told, "words": words})


def value_of(section: BaseModel, name: str) -> object:
    """Return a setting, of each in a list of sections; None if one on the way is not there."""
    value: object = section
    for part in name.split("."):
        if isinstance(value, list):
            value = [getattr(entry, part) for entry in value]
        else:
            value = getattr(value, part) if value is not None else None
    return value


def is_given(section: BaseModel, name: str) -> bool:
    """Return whether a setting was named, or a whole section of which one was."""
    *path, last = name.split(".")
    place = value_of(section, ".".join(path)) if path else section
    if not isinstance(place, BaseModel) or last not in place.model_fields_set:
        return False
    fields = type(place).model_fields
    value, default = getattr(place, last), fields[last].get_default(call_default_factory=True)
    if value is None:
        return False
    if isinstance(value, BaseModel):
        return any(is_given(value, field) for field in type(value).model_fields)
    return not set(fields) <= place.model_fields_set or value != default


def _is_on(section: BaseModel, name: str, values: tuple[object, ...]) -> bool:
    value = value_of(section, name)
    path, _, last = name.rpartition(".")
    place = value_of(section, path) if path else section
    if not values and isinstance(place, BaseModel) and value is not None:
        field = type(place).model_fields[last]
        if not field.is_required() and field.default is None and not field.default_factory:
            return True
    entries = value if isinstance(value, list | tuple) else [value]
    return any(entry in values if values else bool(entry) for entry in entries)


def _remedy(section: BaseModel, name: str) -> str:
    value = value_of(section, name)
    return f"add [{{p}}{name}]" if value is None and "." not in name else f"set {{p}}{name}"


def _told(section: BaseModel, name: str) -> str:
    value = value_of(section, name)
    return "not there" if value is None else repr(value)
