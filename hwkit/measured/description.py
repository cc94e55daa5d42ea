"""The TOML file that describes a measurement: which column is which unit, which record is which."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.measured.physical_units import unit_of
from hwkit.measured.records import Channel
from hwkit.settings.needs import Needs, NotBoth
from hwkit.settings.problems import in_one_sentence
from hwkit.settings.sections import Count, Positive, Section, Whole

Column = Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1)]


class ChannelTable(Section):
    """One channel: where its numbers are and what they mean."""

    rules = (NotBoth("values", "factor"),)

    column: Column
    name: str | None = None
    unit: Whole | None = None
    volt: float | None = None
    offset: float = 0.0
    span: tuple[float, float] | None = None
    values: str | None = None
    factor: float | None = None

    def channel(self, volt: float) -> Channel:
        """Return the channel; `volt` is the volts per unit of x where it says nothing else."""
        name = self.name or (
            self.column if isinstance(self.column, str) else f"column {self.column}"
        )
        return Channel(name, self.unit, self.volt or volt, self.offset, self.span)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.values is not None:
            check_unit("values", self.values, "V")
        for name in ("volt", "factor"):
            if getattr(self, name) == 0:
                raise ValueError(f"{name} of column {self.column} is 0; give another")
        return self


class RecordTable(Section):
    """One record: its files and its place in time."""

    rules = (
        NotBoth("interval", "rate"),
        NotBoth("segment", "segments"),
        NotBoth("resample", "interval"),
        NotBoth("resample", "rate"),
        Needs("switched_on", "kind", ("switched",)),
        Needs("clamped", "kind", ("calibration",)),
        Needs("time_values resample", "time"),
    )

    name: Annotated[str, Field(min_length=1)]
    kind: Literal["calibration", "stationary", "switched"]
    file: Annotated[str, Field(min_length=1)] | Annotated[list[str], Field(min_length=1)]
    array: str | None = None
    columns: list[Column] | None = None
    time: Column | None = None
    time_values: str | None = None
    interval: Positive | None = None
    rate: Positive | None = None
    resample: Positive | None = None
    segment: Count | None = None
    segments: list[Count] | None = None
    switched_on: float | None = None
    clamped: float | list[float] | None = None

    @property
    def files(self) -> list[str]:
        """Its files: one, or one for each channel."""
        return [self.file] if isinstance(self.file, str) else self.file

    @property
    def stated(self) -> float | None:
        """Seconds between samples, as far as they are given."""
        return 1 / self.rate if self.rate is not None else self.interval

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.time_values is not None:
            check_unit("time_values", self.time_values, "s")
        if self.kind == "switched" and self.switched_on is None:
            raise ValueError(
                f"record {self.name} is a switched one; give switched_on, in seconds after the "
                "first sample of each restart"
            )
        return self


class MeasurementFile(Section):
    """A whole file."""

    volt: Positive = 1.0
    second: Positive | None = None
    channels: Annotated[list[ChannelTable], Field(min_length=1)]
    records: Annotated[list[RecordTable], Field(min_length=1)]

    def __init__(self, /, **settings: object) -> None:  # a file may have a key "self"
        with in_one_sentence(type(self)):
            super().__init__(**settings)

    @model_validator(mode="after")
    def _check(self) -> Self:
        n = len(self.channels)
        for record in self.records:
            for what, given in (
                ("clamped voltages", record.clamped),
                ("columns", record.columns),
                ("files", record.files if len(record.files) > 1 else None),
            ):
                if isinstance(given, list) and len(given) != n:
                    raise ValueError(
                        f"record {record.name} has {len(given)} {what} for {n} channels; give one "
                        "for each channel"
                    )
        return self


def check_unit(name: str, text: str, base: str) -> float:
    """Return what a unit is in V or s.

    Raises:
        ValueError: if it is not one of volts or seconds, whichever `base` asks for.
    """
    found = unit_of(text)
    if found is None or found[0] != base:
        choices = "V, mV, uV or kV" if base == "V" else "s, ms, us or ns"
        raise ValueError(f"{name} is {text!r}; choose {choices}")
    return found[1]
