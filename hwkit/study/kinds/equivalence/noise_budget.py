"""What the design asks of the hardware, as rows in plain words."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from hwkit.circuit import Design, assess_families
from hwkit.circuit.realisability import ROOM_TEMPERATURE
from hwkit.report.formats import count, number, quantity


@dataclass(frozen=True)
class Row:
    """A quantity, its value, and what it means."""

    name: str
    value: str
    meaning: str


def scale_rows(design: Design) -> list[Row]:
    """Return what one model unit is in the circuit."""
    scale = design.scale
    return [
        Row("Voltage, V₀", quantity(scale.volt, "V"), "what x = 1 is on a node"),
        Row("Time, τ", quantity(scale.second, "s"), "one unit of mobility × model time"),
        Row("Capacitance, C", quantity(scale.farad, "F"), "from each unit's node to ground"),
        Row("Conductance, G₀ = C/τ", quantity(scale.siemens, "S"), "a coupling or curvature of 1"),
        Row("Current, I₀ = G₀V₀", quantity(scale.ampere, "A"), "a force of 1"),
    ]


def noise_rows(design: Design) -> list[Row]:
    """Return the noise that the machine's temperature asks for, compared with room temperature."""
    needs, kT = design.realisability, design.model.kT
    ratio = needs.noise_temperature / ROOM_TEMPERATURE
    density = number(np.sqrt(needs.noise_psd))
    if ratio > 1:
        verdict = (
            f"{number(ratio)} times room temperature: a resistor is far too quiet, so each node "
            "needs a noise source of its own"
            if ratio > 2
            else f"{number(ratio)} times room temperature: within reach of plain resistors"
        )
    else:
        verdict = f"{number(ratio)} times room temperature: resistors are noisier than wanted"
    return [
        Row(
            Markup("Noise current density, √S<sub>I</sub>"),
            f"{density} A/√Hz",
            Markup("white, one-sided, into every node; S<sub>I</sub> = {} A²/Hz").format(
                number(needs.noise_psd)
            ),
        ),
        Row(
            Markup("Noise-equivalent temperature, T<sub>n</sub>"),
            f"{number(needs.noise_temperature)} K",
            verdict,
        ),
        Row(
            "V₀ from thermal noise alone",
            quantity(needs.thermal_volt, "V"),
            f"the voltage unit at which the noise of 1/G₀ at {quantity(ROOM_TEMPERATURE, 'K')} "
            "is enough, C unchanged: signals that small are hard to read out",
        ),
        Row(
            "Energy unit, CV₀²",
            quantity(needs.joule, "J"),
            f"an energy of 1 in the model; kT = {kT:g} of it is {quantity(kT * needs.joule, 'J')}",
        ),
    ]


def loading_rows(design: Design) -> list[Row]:
    """Return how strong the couplings are beside the force that holds a unit, and the size."""
    needs = design.realisability
    consequence = (
        "plain conductances can carry the couplings"
        if needs.passive
        else "plain conductances would load the nodes too much; the couplings' own loading must be "
        "cancelled or avoided"
    )
    return [
        Row(
            "Couplings of a unit, Σ|J|",
            f"{number(needs.coupling_sum_mean)} mean, {number(needs.coupling_sum_max)} largest",
            f"the restoring curvature is {number(needs.restoring)}: {consequence}",
        ),
        Row("Circuit elements", count(needs.n_elements), "noise sources included"),
        Row(
            "Signs",
            f"{count(needs.n_positive)} +, {count(needs.n_negative)} −",
            "couplings that favour opposite and equal states",
        ),
        Row(
            "Swing",
            number(needs.swing),
            f"outermost x at which a unit could rest; {needs.dynamic_range_db:.0f} dB above the "
            "thermal noise of C at 300 K",
        ),
        Row(
            "Static power",
            quantity(needs.power, "W"),
            "estimated; without readout, noise sources and weight writing",
        ),
    ]


def family_rows(design: Design) -> list[Row]:
    """Return which families could realise the machine at this scale, and what would help."""
    return [
        Row(
            verdict.cell,
            "yes" if verdict.realisable else "no",
            "; ".join([verdict.reason, *verdict.remedies]),
        )
        for verdict in assess_families(design.model, design.scale)
    ]
