"""The temperatures at which every board of a study is measured, and how its numbers are named.

A board is measured at each temperature: the same parts, starts and noise. With one temperature a
metric keeps its name; with several it is called "path rms at 85 °C", and a board passes if it meets
the limits at all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scipy.constants import zero_Celsius

from hwkit.circuit.variation import Environment, Variation
from hwkit.tolerance import Limit


@dataclass(frozen=True)
class Corner:
    """One temperature.

    Attributes:
        label: of its numbers; "" if it is the only one.
        environment: temperature and hours in use.
    """

    label: str
    environment: Environment

    def named(self, metric: str) -> str:
        """Return what a metric is called at this temperature."""
        return f"{metric} at {self.label}" if self.label else metric

    def of(self, variation: Variation) -> Variation:
        """Return a variation at this temperature."""
        return replace(variation, environment=self.environment)

    @property
    def celsius(self) -> float:
        """The temperature, to the digits that a person would give."""
        return round(self.environment.kelvin - zero_Celsius, 6)

    @property
    def key(self) -> str:
        """Part of the names of files; "" if it is the only one."""
        return f"-{self.label.replace(' °', '')}" if self.label else ""


def corners_of(celsius: Sequence[float], kelvin: float, hours: float) -> tuple[Corner, ...]:
    """Return the corners of a study.

    Args:
        celsius: the temperatures; none for `kelvin` alone.
        kelvin: the temperature if there is no list.
        hours: in use.
    """
    if not celsius:
        return (Corner("", Environment(kelvin, hours)),)
    if len(celsius) == 1:
        return (Corner("", Environment(celsius[0] + zero_Celsius, hours)),)
    return tuple(
        Corner(f"{each:g} °C", Environment(each + zero_Celsius, hours)) for each in celsius
    )


def at_all(corners: Iterable[Corner], limits: Sequence[Limit]) -> tuple[Limit, ...]:
    """Return what a board must do at all temperatures, limit by limit."""
    places = list(corners)
    return tuple(
        replace(limit, metric=corner.named(limit.metric)) for limit in limits for corner in places
    )
