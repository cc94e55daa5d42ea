"""Breadboard studies: a machine to solder, its candidates, parts and boards, as a frozen plan."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hwkit.circuit import Design, ResistiveOptions, Scale, compile_model
from hwkit.circuit.converters import ConverterParts, with_converters
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.model import Cosh, EnergyModel
from hwkit.settings.needs import Needs
from hwkit.study.sections import (
    Count,
    GlyphPlan,
    NotNegative,
    Positive,
    ProtocolPlan,
    Section,
    Several,
    Share,
    StudyFile,
)
from hwkit.study.spread import SpreadPlan
from hwkit.units import THERMAL_VOLT


class CandidatePlan(GlyphPlan):
    """A set of digits on some pixels, and how many couplings to keep: one machine for each."""

    couplings: Annotated[tuple[Count, ...], Field(min_length=1)] = (16,)


class ChoicePlan(Section):
    """What a machine must do to be chosen, and the least that is asked of its pictures.

    `alike`: the largest correlation allowed between two patterns, below which a sample that is
    recognisable shows one pattern and no other.
    """

    classes: Several = 3
    pixels: Annotated[int, Field(ge=4)] = 12
    recognisable: Share = 0.8
    class_share: Share = 0.15
    alike: Share = 0.7
    samples: Count = 2000
    fresh_samples: Count = 4000
    dt: Positive = 5e-3


class PartsPlan(Section):
    """What is bought. The diode's numbers are the user's, of its data sheet's SPICE model."""

    farad: Positive = 1e-8
    diode: str = "BAT54S"
    diode_ampere: Positive = 2.117e-7
    diode_emission: Positive = 1.016
    series: Literal["E12", "E24", "E48", "E96", "E192"] = "E96"
    bias_volt: Positive = 0.2
    smallest_bias: NotNegative = 0.05
    noise_volt: Positive = 2.5
    noise_second: Positive = 5e-6
    input_ohm: Positive = 1e5
    gain: Annotated[float, Field(gt=1)] = 5.0
    gain_bandwidth: Positive = 1e6

    def scale(self, onsite: Cosh) -> Scale:
        """Return the scale that the diodes dictate: V0 = r n V_T, G0 = 2 I_s / (J2 n V_T)."""
        slope = self.diode_emission * THERMAL_VOLT
        siemens = 2 * self.diode_ampere / (float(onsite.J2) * slope)
        return Scale(float(onsite.r) * slope, self.farad / siemens, self.farad)

    def converters(self, gain_bandwidth: float | None = None) -> ConverterParts:
        """Return what the converters are made of."""
        band = self.gain_bandwidth if gain_bandwidth is None else gain_bandwidth
        return ConverterParts(self.input_ohm, self.gain, band, self.series)

    def soldered(
        self, model: EnergyModel, scale: Scale, load: float, gain_bandwidth: float | None = None
    ) -> Design:
        """Return a machine in preferred values; `load` of the noise resistor in units of G0."""
        options = ResistiveOptions(
            common_mode=load,
            series=self.series,
            bias="resistor",
            supply_volt=self.bias_volt,
        )
        ideal = compile_model(model, "resistive", scale, options)
        return with_converters(ideal, self.converters(gain_bandwidth))


class RunsPlan(Section):
    """SPICE runs of the chosen machine with the parts as bought; dt in model time."""

    rules = (Needs("bandwidth_paths", "bandwidths"),)

    samples: Count = 200
    dt: Positive = 1e-2
    passive: Several = 100
    bandwidths: list[Positive] = [3e4, 1e5, 3e5, 1e6]
    bandwidth_paths: Several = 50


class BoardsPlan(Section):
    """Boards drawn with the tolerances of their parts, and what a board must do.

    `required` is a yield that the study's verdict asks for. In each condition, a temperature in
    `celsius` with an amplifier of the catalogue, or one entry alone, are `condition_count` boards.
    """

    count: Count = 60
    paths: Count = 100
    dt: Positive = 2.5e-2
    recognisable: Share = 0.8
    class_share: Share = 0.05
    offset_volt: NotNegative = 2e-4
    required: Share | None = None
    celsius: list[Annotated[float, Field(ge=-40, le=85)]] = [15.0, 25.0, 35.0]
    condition_count: Several = 20
    spread: list[SpreadPlan] = []

    def variation(self) -> Variation:
        """Return what varies between boards, but for the amplifiers' offsets."""
        return Variation(tuple(entry.spread() for entry in self.spread))

    def with_offsets(self, design: Design) -> Variation:
        """Return what varies between boards of a design, with the offsets in amperes."""
        spreads = self.variation().spreads
        if not self.offset_volt:
            return Variation(spreads)
        gain = float(design.group("amplifier-gain").values[0])
        offsets = Normal(gain * self.offset_volt)
        entry = Spread("amplifier offsets", "amplifier-offset", offsets, relative=False)
        return Variation((*spreads, entry))


class BreadboardLimits(Section):
    """Limits of the verdict."""

    drift: Positive = 0.01  # of the parts as bought, relative to the largest force
    passive: Positive = 4.0  # standard errors
    stream_correlation: Positive = 0.01  # of two bit streams within a sample


class BreadboardPlan(StudyFile):
    """A whole breadboard study."""

    kind: Literal["breadboard"] = "breadboard"

    kT: Positive = 0.1
    J2: Positive = 1.0
    J4: Positive = 1.0
    candidates: Annotated[list[CandidatePlan], Field(min_length=1)]
    choice: ChoicePlan = ChoicePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    parts: PartsPlan = PartsPlan()
    runs: RunsPlan = RunsPlan()
    boards: BoardsPlan = BoardsPlan()
    limits: BreadboardLimits = BreadboardLimits()

    @property
    def onsite(self) -> Cosh:
        """The diodes' energy."""
        return Cosh.from_quartic(self.J2, self.J4)

    @model_validator(mode="after")
    def _check_spreads(self) -> Self:
        """Draw a board of a small machine, whose circuit has all kinds of parts."""
        self.parts.scale(self.onsite)
        coupled = np.array([[0.0, 0.1, -0.1], [0.1, 0.0, 0.1], [-0.1, 0.1, 0.0]])
        usual, onsite = PartsPlan(), Cosh.from_quartic()
        model = EnergyModel(coupled, [0.1, -0.1, 0.1], onsite, 0.1)
        design = usual.soldered(model, usual.scale(onsite), 1.0)
        Drawing(design, self.boards.with_offsets(design), 0)
        return self

    def check_here(self) -> None:
        """See `StudyFile.check_here`; draws the pictures of every candidate."""
        for candidate in self.candidates:
            candidate.patterns()
