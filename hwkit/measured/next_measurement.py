"""What to measure next: more of the running machine, or of its calibration.

The parameter that is known least beside what is asked of it needs its variance to fall to 1/n, n
the `longer` of its answer. A share c of the variance comes from errors of the calibration, the rest
from the running machine's record; a record k times as long divides its part by k. Of all pairs with

    (1 - c) / k_r + c / k_c = 1 / n,        k_r, k_c >= 1

that of the shortest total T_r k_r + T_c k_c has k proportional to the root of part over duration T.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwkit.measured.instrument import Request
from hwkit.measured.quantities import Quantities
from hwkit.measured.records import Record
from hwkit.measured.specification import Answer
from hwkit.ordering import largest

_MOST = 10.0  # times as long at once: values move while they are measured better


@dataclass(frozen=True)
class NextMeasurement:
    """Records that a board needs next.

    Attributes:
        name: of the parameter that is known least, beside its limit or what is wanted.
        running, calibration: times as long as the records of each kind were, 1 to 10.
    """

    name: str
    running: float
    calibration: float

    def __str__(self) -> str:
        words = [f"{self.name} is known least; next, record"]
        words.append(f"the running machine {self.running:.2g} times as long")
        if self.calibration > 1:
            words.append(f"and the calibration {self.calibration:.2g} times as long")
        return " ".join(words)

    def requests(self, taken: Iterable[Request]) -> list[Request]:
        """Return records like those that were taken, as long as they should be."""
        return [self._longer(request) for request in taken]

    def _longer(self, request: Request) -> Request:
        times = self.calibration if request.kind == "calibration" else self.running
        if request.kind == "switched":
            return replace(request, restarts=int(np.ceil(times * request.restarts)))
        return replace(request, n_samples=int(np.ceil(times * request.n_samples)))


def next_measurement(
    quantities: Quantities, answers: Sequence[Answer], longer: float, records: Sequence[Record]
) -> NextMeasurement | None:
    """Choose the next records; None if these tell all that is asked.

    Args:
        quantities: as measured.
        answers: parameters against their limits.
        longer: times the record's length for the wanted resolution of kT.
        records: those that were taken.
    """
    needs = [(answer.quantity.name, answer.longer) for answer in answers]
    hottest = [row for row in quantities.rows if row.kind == "noise"]
    if hottest:
        widest = hottest[largest([row.stderr / abs(row.intended) for row in hottest])]
        needs.append((widest.name, longer))
    if not needs:
        return None
    name, times = needs[largest([need for _, need in needs])]
    if times <= 1:
        return None
    [place] = [k for k, row in enumerate(quantities.rows) if row.name == name]
    share = float(quantities.calibration[place])
    clamped = sum(record.seconds for record in records if record.kind == "calibration")
    running = sum(record.seconds for record in records) - clamped
    return NextMeasurement(name, *_allotted(min(times, _MOST), share, running, clamped))


def _allotted(
    times: float, share: float, running: float, calibration: float
) -> tuple[float, float]:
    """Return k_r and k_c, for a share c of the variance and durations T_r and T_c."""
    if share <= 0 or calibration <= 0:
        return times, 1.0
    roots = np.sqrt([(1 - share) / running, share / calibration])
    lengths = np.array([running, calibration])
    k = roots * times * float(roots @ lengths)
    for one, other, part in ((0, 1, share), (1, 0, 1 - share)):
        if k[one] < 1:  # it is long enough
            k[one], k[other] = 1.0, part / (1 / times - (1 - part))
    return min(float(k[0]), _MOST), min(float(k[1]), _MOST)
