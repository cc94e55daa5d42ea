"""Volts and microseconds on the far side of a figure's axes, beside units of the model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from hwkit.errors import DataError
from hwkit.units import prefixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Side = Literal["x", "y"]


@dataclass(frozen=True)
class AxisScale:
    """What one unit of the model is in the circuit: of its state in V, of its time in s."""

    volt: float
    second: float

    def __post_init__(self) -> None:
        if self.volt <= 0 or self.second <= 0:
            raise DataError(
                f"a unit of the model is {self.volt:g} V and {self.second:g} s; give two numbers "
                "above 0"
            )

    def beside(self, axes: "Axes", time: Side | None = None, state: Side | None = None) -> None:
        """Give linear axes a second scale, above or on the right.

        Args:
            axes: of the figure, with their limits as they will be.
            time: the axis that shows time in model units, if one does.
            state: the axis that shows states in model units, if one does.
        """
        for which, size, unit, name in (
            (time, self.second, "s", "time"),
            (state, self.volt, "V", "node"),
        ):
            if which is not None:
                _second(axes, which, size, unit, name)


def _second(axes: "Axes", which: Side, size: float, unit: str, name: str) -> None:
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    power, prefix = prefixed(max(abs(low), abs(high)) * size, unit)
    factor = size / 10.0**power

    def forward(value: ArrayLike) -> ArrayLike:
        return np.asarray(value) * factor

    def back(value: ArrayLike) -> ArrayLike:
        return np.asarray(value) / factor

    label = f"{name}, {prefix.replace('u', 'µ')}"
    if which == "x":
        axes.secondary_xaxis("top", functions=(forward, back)).set_xlabel(label)
    else:
        axes.secondary_yaxis("right", functions=(forward, back)).set_ylabel(label)
