"""A deviation of parts, as a table of a study file: its distribution by name, and its numbers."""

import difflib
import inspect
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from hwkit.circuit.variation import Spread
from hwkit.circuit.variation.distributions import DISTRIBUTIONS, Distribution
from hwkit.errors import ConfigError
from hwkit.settings.needs import Needs, Rule, check_rules
from hwkit.settings.problems import RENAMED
from hwkit.study.sections import Share


class SpreadPlan(BaseModel):
    """One spread; the numbers of its distribution are beside it.

    Deviations are relative if it isn't said, those of offsets in V.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    rules: ClassVar[tuple[Rule, ...]] = (Needs("group", "correlation"),)

    name: str = ""
    parts: str
    distribution: str = "normal"
    relative: bool | None = None
    share: Literal["part", "pair", "node", "lot"] = "part"
    group: str = ""
    correlation: Share = 0.0

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        check_rules(self, self.rules)
        return self

    def spread(self) -> Spread:
        """Return the spread.

        Raises:
            ConfigError: if the distribution is unknown or its numbers are not those it takes.
        """
        name = self.name or self.parts
        if self.distribution not in DISTRIBUTIONS:
            near = difflib.get_close_matches(self.distribution, DISTRIBUTIONS, 1, 0.4)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else f"choose one of {', '.join(DISTRIBUTIONS)}"
            )
            raise ConfigError(
                f"spread {name!r}: distribution {self.distribution!r} is unknown; {hint}"
            )
        return Spread(
            name,
            self.parts,
            self._made(name),
            not self.parts.endswith(".offset") if self.relative is None else self.relative,
            self.share,
            self.group,
            self.correlation,
        )

    def _made(self, name: str) -> Distribution:
        make, needed = DISTRIBUTIONS[self.distribution]
        given = dict(self.model_extra or {})
        known = list(inspect.signature(make).parameters)
        for key in given:
            if key not in known:
                known_here = [*known, *SpreadPlan.model_fields]
                near = RENAMED.get(key) or next(
                    iter(difflib.get_close_matches(key, known_here, 1)), ""
                )
                hint = f"did you mean {near!r}?" if near else f"it takes {', '.join(known)}"
                raise ConfigError(
                    f"spread {name!r}: distribution {self.distribution} has no {key!r}; {hint}"
                )
        for key in needed:
            if key not in given and not (self.distribution == "tolerance" and key == "k"):
                raise ConfigError(
                    f"spread {name!r}: distribution {self.distribution} needs {key!r}; give it"
                )
        for key, value in given.items():
            table = key == "deviations"
            if table and not (isinstance(value, list) and all(map(_is_number, value))):
                raise ConfigError(f"spread {name!r}: {key} is {value!r}; give a list of numbers")
            if not table and not _is_number(value):
                raise ConfigError(f"spread {name!r}: {key} is {value!r}; give a number")
            given[key] = tuple(value) if table else value
        distribution: Distribution = make(**given)
        return distribution


def _is_number(value: object) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    return whole or isinstance(value, float)
