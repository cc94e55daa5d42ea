"""Tables of a TOML file as validated values: kinds of number, and what every table refuses."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from hwkit.settings.needs import Rule, check_rules

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Whole = Annotated[int, Field(ge=0)]
Several = Annotated[int, Field(ge=2)]


class Section(BaseModel):
    """A table of a file of settings; unknown settings, infinities and nan are refused.

    So are settings that would change nothing, as far as `rules` says of which that holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _check_forms(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        made = handler(data)
        if isinstance(data, dict):
            for name, given in data.items():
                _check_form(name, given, getattr(made, name, None))
        return made

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        check_rules(self, self.rules)
        return self


def _check_form(name: str, given: object, taken: object) -> None:
    """Refuse what was taken for a number and is a text or a truth value, and the reverse."""
    if isinstance(given, list) and isinstance(taken, list | tuple):
        for one, other in zip(given, taken, strict=False):
            _check_form(name, one, other)
    elif isinstance(taken, bool) != isinstance(given, bool) and isinstance(
        taken, bool | int | float
    ):
        kind = "true or false" if isinstance(taken, bool) else "a number"
        raise ValueError(f"{name} is {_written(given)}; write {kind}")
    elif isinstance(given, str) and isinstance(taken, int | float):
        raise ValueError(f"{name} is the text {given!r}; write the number without quotes")


def _written(given: object) -> str:
    return str(given).lower() if isinstance(given, bool) else repr(given)
