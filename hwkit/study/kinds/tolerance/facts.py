"""Numbers and yields as they are kept in the results of a tolerance study."""

import math
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, PlainSerializer

from hwkit.tolerance import Yield
from hwkit.tolerance.yields import Method

# A number that may be infinite or NaN, which JSON can't hold: it is null there and read as NaN.
Number = Annotated[
    float,
    BeforeValidator(lambda value: math.nan if value is None else value),
    PlainSerializer(lambda value: value if math.isfinite(value) else None, when_used="json"),
]


@dataclass(frozen=True)
class YieldFacts:
    """A yield and its interval; see `Yield`."""

    value: float
    passed: int
    boards: int
    low: float
    high: float
    level: float
    method: Method

    @classmethod
    def of(cls, estimate: Yield, **more: Any) -> Self:
        """Return the facts of a yield; `more` are those that a class adds."""
        return cls(value=estimate.value, **asdict(estimate), **more)
