"""Check all records of a measurement for what spoils estimates."""

from collections.abc import Iterator, Sequence

from hwkit.measured.check_hum import MAINS, check_hum
from hwkit.measured.check_levels import check_levels
from hwkit.measured.check_machine import check_calibration_order, check_machine
from hwkit.measured.findings import Finding, Report
from hwkit.measured.records import Measurement
from hwkit.model import EnergyModel


def check_measurement(
    measurement: Measurement, model: EnergyModel | None = None, mains: Sequence[float] = MAINS
) -> tuple[Finding, ...]:
    """Look for clipping, constant channels, dropped samples, hum, swapped channels, a wrong rate.

    The records are read in blocks, three or four times. A clean record gives no finding, but for
    about one in a thousand.

    Args:
        measurement: the records.
        model: the intended machine; needed for a wrong rate, and for swapped channels outside
            calibration records, which show them by themselves.
        mains: frequencies of the mains, Hz; () doesn't look for them.

    Returns:
        One finding for each fault of each record, in the order of the records.
    """
    return tuple(_findings(measurement, model, mains))


def _findings(
    measurement: Measurement, model: EnergyModel | None, mains: Sequence[float]
) -> Iterator[Finding]:
    for record in measurement.records:
        report = Report(record, measurement.channels)
        yield from check_levels(report)
        yield from check_hum(report, mains)
        yield from check_calibration_order(report)
        if model is not None:
            yield from check_machine(report, measurement, model)
