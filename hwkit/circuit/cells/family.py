"""What a circuit family is; each one's file or folder here holds its `FAMILY`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hwkit.circuit.design import Design
from hwkit.circuit.scale import Scale
from hwkit.circuit.separation import Separate, separate_transconductors

Dynamics = Literal["overdamped", "inertial", "lc-cells"]
Draw = Callable[[Any, Any, Scale | None], None]


def no_advice(design: Design) -> tuple[str, ...]:
    """Return no advice."""
    return ()


@dataclass(frozen=True)
class Family:
    """A circuit family.

    Attributes:
        name: what `compile_model(model, cell=...)` calls it.
        options: a dataclass of what real parts do; the defaults are ideal parts.
        compile: takes a model, a Scale and the options, returns the design.
        draw: draws the schematic of one cell; called with a schemdraw drawing, schemdraw's
            elements, and the Scale whose values are written beside the parts, or None.
        symbols: role of parts -> their label in that schematic, where it draws roles one by one.
        dynamics: overdamped machines follow the paths of `simulate_langevin`; those with inertia
            and those of LC cells share its stationary distribution alone.
        advise: takes a design, returns what would make it easier to build.
        separate: takes a design apart for the mixed level: cells, and what its couplings compute;
            raises a DesignError where that is not possible.
        directed: whether it also takes a DriftMachine, couplings of both directions apart.
        starts_up: whether `with_start_up` can hold its couplings off by switches.
        gates: whether gates and experts can be laid over its cells, whose units are voltages
            against ground.
    """

    name: str
    options: type[Any]
    compile: Callable[..., Design]
    draw: Draw | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)
    dynamics: Dynamics = "overdamped"
    advise: Callable[[Design], tuple[str, ...]] = no_advice
    separate: Separate = separate_transconductors
    starts_up: bool = False
    directed: bool = False
    gates: bool = False

    @property
    def overdamped(self) -> bool:
        """Whether its machines are overdamped."""
        return self.dynamics == "overdamped"
