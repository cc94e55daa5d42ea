"""The error budget as tables: one for each statistic, a bar for each cause."""

from dataclasses import dataclass

from hwkit.fidelity import ErrorBudget
from hwkit.fidelity.budget import INTERACTION, SAMPLING, TOGETHER, Contribution
from hwkit.ordering import falling
from hwkit.report.formats import measured

_SEEN = 2.0  # standard errors from zero


@dataclass(frozen=True)
class Row:
    """A cause, what it does, whether the runs see it, and its length beside the largest, 0-100."""

    cause: str
    value: str
    seen: bool
    length: int
    sign: str


def error_tables(budget: ErrorBudget) -> list[tuple[str, list[Row]]]:
    """Return the rows of each statistic: causes by size, then their interaction, sum, sampling."""
    tables = []
    for statistic in dict.fromkeys(row.statistic for row in budget.rows):
        own = [row for row in budget.rows if row.statistic == statistic]
        longest = max((abs(r.difference) for r in own), default=0.0) or 1.0
        last = [TOGETHER, SAMPLING, INTERACTION]
        ranked = [own[k] for k in falling([abs(r.difference) for r in own])]
        ranked.sort(key=lambda r: r.cause in last)
        tables.append((statistic, [_row(row, longest) for row in ranked]))
    return tables


def _row(row: Contribution, longest: float) -> Row:
    if row.cause == SAMPLING:
        return Row(f"sampling, {row.n} runs", f"± {row.stderr:.2g}", False, 0, "none")
    seen = abs(row.difference) > _SEEN * row.stderr
    length = round(100 * abs(row.difference) / longest)
    sign = "up" if row.difference > 0 else "down"
    return Row(row.cause, measured(row.difference, row.stderr), seen, length, sign)
