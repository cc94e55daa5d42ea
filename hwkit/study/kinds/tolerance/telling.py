"""The answer of a tolerance study in words: one sentence, and the table of grades below it."""

from collections.abc import Sequence

from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import Answers
from hwkit.study.kinds.tolerance.results_grades import GradesAnswer, GroupAnswer, LooserGrade


def sentence(plan: TolerancePlan, answers: Answers) -> str:
    """Return what a study found, in one sentence."""
    where = places(plan)
    if answers.grades is None:
        found = answers.yields
        asked = "" if plan.target is None else f"; {percent(plan.target)} are asked for"
        limits = " and ".join(found.specification)
        return f"{share(found)} at {where} of {found.boards} boards pass ({limits}){asked}."
    grades = answers.grades
    target = percent(grades.search.target)
    named = _listed([f"{g.group} of {g.percent:g} % ({g.kind})" for g in grades.groups])
    passed = f"{share(grades.yields)} of {grades.yields.boards} boards pass"
    if not grades.reached:
        why = "".join(
            f", and at {_degrees(grades.exact_fails)} not even one of exact parts does"
            for _ in grades.exact_fails[:1]
        )
        return (
            f"No grade in the list reaches {target} yield at {where}: with the tightest, {named}, "
            f"{passed}{why}."
        )
    cost = money(grades.cost, grades.currency)
    together = "together " if len(grades.groups) > 1 else ""
    if all(group.looser is None for group in grades.groups):
        do = "grades listed do" if len(grades.groups) > 1 else "grade listed does"
        return (
            f"For {target} yield at {where} even the loosest {do}, {named}, for {together}{cost} a "
            f"board: {passed}."
        )
    return (
        f"For {target} yield at {where} take {named}, for {together}{cost} a board: {passed}"
        f"{_looser(grades)}."
    )


def _looser(grades: GradesAnswer) -> str:
    target = grades.search.target
    rows = [
        f"with {row.group} of {row.looser.percent:g} % {_compared(row.looser, target)}"
        for row in grades.groups
        if row.looser is not None
    ]
    return f", {_listed(rows)}"


def _compared(looser: LooserGrade, target: float) -> str:
    """Return the yield a grade looser, and what that says about the target."""
    said = {"fails": "only ", "not decided": "", "passes": ""}[outcome(looser, target)]
    doubt = {"fails": "", "not decided": ", too close to call", "passes": " too"}
    return f"{said}{share(looser.yields)}{doubt[outcome(looser, target)]}"


def outcome(looser: LooserGrade, target: float) -> str:
    """Return what the interval of a looser grade's yield says about the target."""
    if looser.yields.high < target:
        return "fails"
    return "not decided" if looser.yields.low < target else "passes"


def table(grades: GradesAnswer) -> list[list[str]]:
    """Return the rows of the table of grades, titles first.

    A row for each group, and one below it with that group a grade looser.
    """
    degrees = [f"yield at {row.celsius:g} °C" for row in grades.at]
    titles = ["parts", "pieces", "grade", "cost a board", *degrees]
    several = len(grades.at) > 1
    rows = [titles + ["yield at all"] * several]
    for group in grades.groups:
        rows.append(_chosen(group, grades, several))
        if group.looser is not None:
            rows.append(_control(group, group.looser, grades, several))
    return rows


def _chosen(group: GroupAnswer, grades: GradesAnswer, several: bool) -> list[str]:
    yields = [share(row) for row in grades.at] + [share(grades.yields)] * several
    grade = f"{group.percent:g} %, {group.kind}"
    return [group.group, f"{group.pieces:,g}", grade, money(group.cost, grades.currency), *yields]


def _control(
    group: GroupAnswer, looser: LooserGrade, grades: GradesAnswer, several: bool
) -> list[str]:
    yields = [share(row) for row in looser.at] + [share(looser.yields)] * several
    grade = f"{looser.percent:g} %, {looser.kind}"
    name = f"  looser: {outcome(looser, grades.search.target)}"
    return [name, f"{group.pieces:,g}", grade, money(looser.cost, grades.currency), *yields]


def share(found: YieldFacts) -> str:
    """Return a yield with its interval."""
    return f"{percent(found.value, 1)} ({_plain(found.low)} to {percent(found.high, 1)})"


def percent(value: float, digits: int = 4) -> str:
    """Return a share in percent; with one digit behind the point, or as it was given."""
    return f"{_plain(value)} %" if digits == 1 else f"{100 * value:.{digits}g} %"


def _plain(value: float) -> str:
    return f"{100 * value:.1f}"


def money(value: float, currency: str) -> str:
    """Return a cost with its unit."""
    return f"{value:,.2f} {currency}"


def places(plan: TolerancePlan) -> str:
    """Return the temperatures of a study as text."""
    return _degrees([corner.celsius for corner in plan.corners()])


def _degrees(celsius: Sequence[float]) -> str:
    return f"{_listed([f'{each:g}' for each in celsius])} °C"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Return a table in columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
