"""Tables of the build sheet: units, wiring, parts, and what the parts must do."""

from dataclasses import dataclass, replace

from hwkit.circuit.streams import BitStreams, bit_streams
from hwkit.fidelity import shown_share
from hwkit.report.formats import number, quantity
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.results import BillRow, OrderLine, Routed, Sheet, Tracks


@dataclass(frozen=True)
class UnitRow:
    """The parts of one unit."""

    name: str
    number: int
    bias: str
    plus: str
    R2: str
    Rx: str


@dataclass(frozen=True)
class Unit:
    """The cell of a unit, with its parts and scale."""

    diode: str
    volt: str
    second: str
    farad: str
    ohm: str
    noise_ohm: str
    input: str
    bias: str
    rows: list[UnitRow]


@dataclass(frozen=True)
class Wire:
    """A coupling: a pair of resistors between the rails of two units."""

    a: str
    b: str
    how: str
    ohm: str
    wanted: str
    got: str
    resistors: str


@dataclass(frozen=True)
class Parts:
    """The bill of materials."""

    rows: list[BillRow]
    resistors: int
    parts: int
    capacitors: int
    order: list[OrderLine]
    not_ordered: str
    routed: Routed | None
    tracks: Tracks | None


@dataclass(frozen=True)
class BandwidthRow:
    """What slower amplifiers do."""

    hertz: str
    rms: str
    recognisable: str


@dataclass(frozen=True)
class Needs:
    """What amplifiers, noise and read-out must do."""

    rows: list[tuple[str, str, str]]
    bandwidths: list[BandwidthRow]


def unit(sheet: Sheet, plan: BreadboardPlan) -> Unit:
    """Return the cell and the parts of every unit."""
    scale, noise = sheet.scale, sheet.noise
    return Unit(
        diode=plan.parts.diode,
        volt=quantity(scale.volt, "V"),
        second=quantity(scale.second, "s"),
        farad=quantity(scale.farad, "F"),
        ohm=quantity(1 / scale.siemens, "Ω"),
        noise_ohm=quantity(noise.ohm, "Ω"),
        input=quantity(plan.parts.input_ohm, "Ω"),
        bias=quantity(plan.parts.bias_volt, "V"),
        rows=[
            UnitRow(
                row.name,
                row.number,
                "none" if row.bias is None else quantity(row.bias, "Ω"),
                row.plus_to,
                quantity(row.R2, "Ω"),
                quantity(row.Rx, "Ω"),
            )
            for row in sheet.units
        ],
    )


def wiring(sheet: Sheet) -> list[Wire]:
    """Return the couplings to solder."""
    return [
        Wire(
            wire.a,
            wire.b,
            "crossed: + to −, − to +" if wire.crossed else "straight: + to +, − to −",
            quantity(wire.ohm, "Ω"),
            number(wire.wanted),
            number(wire.got),
            wire.resistors,
        )
        for wire in sheet.wiring
    ]


def parts(sheet: Sheet) -> Parts:
    """Return the bill of materials."""
    chosen = sheet.chosen
    rows = [replace(row, value=symbols(row.value)) for row in sheet.bill]
    capacitors = 2 * chosen.rows * chosen.columns
    return Parts(
        rows,
        chosen.resistors,
        chosen.parts,
        capacitors,
        sheet.order,
        sheet.not_ordered,
        sheet.routed,
        sheet.tracks,
    )


def symbols(text: str) -> str:
    """Return a value of the bill, which is plain text for spreadsheets, with symbols of units."""
    return text.replace("ohm", "Ω").replace(" u", " µ")


def needs(sheet: Sheet, plan: BreadboardPlan) -> Needs:
    """Return what is asked of the parts that are bought."""
    noise, samples = sheet.noise, sheet.samples
    units = len(sheet.units)
    rows = [
        (
            "Amplifier: output swing",
            f"± {quantity(samples.output, 'V')}",
            "largest in the SPICE runs, with the largest gain R2/R1",
        ),
        (
            "Amplifier: slew rate",
            f"{number(samples.slew / 1e6, 2)} V/µs",
            "gain times the largest drift of a unit",
        ),
        (
            "Amplifier: input offset",
            f"{quantity(plan.boards.offset_volt, 'V')} rms",
            "assumed for the yield below; a zero-drift type has less",
        ),
        (
            "Noise: bit streams",
            f"{units}, each with its complement, ± {noise.volt:g} V",
            _register(bit_streams(units)),
        ),
        ("Noise: clock", quantity(noise.hertz, "Hz"), "tune it: power goes as 1/clock"),
        (
            "Noise: density at a pin",
            f"{quantity(noise.density, 'V')}/√Hz",
            "one-sided, white up to a tenth of the clock",
        ),
        (
            "Noise: current into a rail",
            f"{quantity(noise.ampere_density, 'A')}/√Hz",
            "through the noise resistor",
        ),
        (
            "Read-out",
            f"{quantity(samples.seconds, 's')} after release, ± {quantity(samples.largest, 'V')}",
            "rail to rail; 8 bits are enough, or a comparator and an LED per pixel",
        ),
    ]
    return Needs(rows, _bandwidths(sheet, plan))


def _register(streams: BitStreams) -> str:
    """Return the shift register in words: its stages, what is fed back, what each unit gets."""
    pairs = ", ".join(f"{p}+{q}" for p, q in streams.pairs)
    return (
        f"exclusive-ors of two stages each ({pairs}, unit by unit) of a shift register of "
        f"{streams.length} stages; shifted in: the sum of stages "
        f"{', '.join(map(str, streams.taps))} and 1; it starts from all zeros"
    )


def _bandwidths(sheet: Sheet, plan: BreadboardPlan) -> list[BandwidthRow]:
    return [
        BandwidthRow(
            quantity(row.hertz, "Hz"),
            number(row.rms, 2),
            shown_share(row.recognisable, plan.runs.bandwidth_paths),
        )
        for row in sheet.bandwidths
    ]
