"""Tables of a TOML file as validated values: kinds of number, and what every table refuses."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        check_rules(self, self.rules)
        return self
