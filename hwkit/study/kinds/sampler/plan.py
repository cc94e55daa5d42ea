"""Sampler studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from hwkit.circuit import Scale
from hwkit.errors import ConfigError
from hwkit.settings.needs import Needs
from hwkit.study.sections import Count, NotNegative, Positive, Section, Share, StudyFile, Whole

RUNS = 8  # that share the samples

Deviation = Annotated[float, Field(ge=0, lt=0.5)]


class MatrixPlan(Section):
    """The precision matrix: random capacitors between cells, each present with a probability."""

    rules = (Needs("coupling", "density"),)

    cells: Annotated[int, Field(ge=2, le=64)] = 8
    density: Share = 1.0
    coupling: Positive = 0.1
    seed: Whole = 0

    def precision(self) -> NDArray[np.float64]:
        """Return the matrix, (cells, cells), without a unit.

        Capacitors to ground are 0.8 to 1.2, those between cells up to `coupling`.
        """
        draw = np.random.Generator(np.random.Philox(self.seed))
        shape = (self.cells, self.cells)
        upper = np.triu(draw.random(shape) * (draw.random(shape) < self.density), k=1)
        between = self.coupling * (upper + upper.T)
        own = between.sum(axis=1) + draw.uniform(0.8, 1.2, self.cells)
        return np.asarray(np.diag(own) - between)


class CircuitPlan(Section):
    """Scale and quality factor of the cells."""

    volt: Positive = 0.1
    second: Positive = 1e-6
    farad: Positive = 1e-12
    quality: Positive = 1.0

    def scale(self) -> Scale:
        """Return the scale."""
        return Scale(self.volt, self.second, self.farad)


class SamplesPlan(Section):
    """How samples are taken in SPICE; `close` is a spacing that leaves them correlated."""

    count: Annotated[int, Field(ge=1000)] = 12_000
    dt: Positive = 0.05
    spacing: Positive = 8.0
    close: Positive = 1.0


class PartsPlan(Section):
    """Relative standard deviations of the parts, and the parasitic capacitance in units of C0."""

    capacitor: Deviation = 0.05
    resistor: Deviation = 0.05
    inductor: Deviation = 0.1
    noise: Deviation = 0.1
    readout: Deviation = 0.02
    parasitic: NotNegative = 0.05
    boards: Count = 200


class SamplerPlan(StudyFile):
    """A whole sampler study."""

    kind: Literal["sampler"] = "sampler"
    matrix: MatrixPlan = MatrixPlan()
    circuit: CircuitPlan = CircuitPlan()
    samples: SamplesPlan = SamplesPlan()
    parts: PartsPlan = PartsPlan()
    published: tuple[float, float] = (0.25, 0.31)

    @model_validator(mode="after")
    def _check_samples(self) -> Self:
        samples = self.samples
        if samples.count % RUNS:
            raise ConfigError(
                f"samples.count is {samples.count}; give a multiple of {RUNS}, since as many runs "
                "share them"
            )
        for name in ("spacing", "close"):
            spacing = getattr(samples, name)
            if round(spacing / samples.dt) < 1:
                raise ConfigError(
                    f"samples.{name} is {spacing:g}, less than one step of samples.dt = "
                    f"{samples.dt:g}; make it longer"
                )
        return self
