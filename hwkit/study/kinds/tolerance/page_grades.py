"""The first section of a study on grades: which are loose enough, at which cost."""

from dataclasses import dataclass

from hwkit.report.drawing import Drawing
from hwkit.study.kinds.tolerance import figures
from hwkit.study.kinds.tolerance.results_grades import GradesAnswer
from hwkit.study.kinds.tolerance.telling import money, percent, table


@dataclass(frozen=True)
class ShownGrades:
    """The table of grades, what its intervals mean, what was tried; no total of one group."""

    titles: list[str]
    rows: list[list[str]]
    total: str
    together: str
    paired: list[str]
    drawings: list[Drawing]
    searched: int


def grades_section(grades: GradesAnswer) -> ShownGrades:
    """Return what the section shows."""
    titles, *rows = table(grades)
    return ShownGrades(
        titles=titles,
        rows=rows,
        total=money(grades.cost, grades.currency) if len(grades.groups) > 1 else "",
        together=percent(grades.together),
        paired=_paired(grades),
        drawings=grade_curves(grades),
        searched=next(iter(grades.search.alone.values()))[0].boards,
    )


def grade_curves(grades: GradesAnswer) -> list[Drawing]:
    """Return the yield against the grade of each group, on the boards of the search."""
    chosen = {group.group: group.percent for group in grades.groups if grades.reached}
    return [
        figures.grade_curve(
            group, [row.grades[group] for row in rows], rows, grades.search.target,
            chosen.get(group),
        )
        for group, rows in grades.search.alone.items()
    ]  # fmt: skip


def _paired(grades: GradesAnswer) -> list[str]:
    """Return what the same boards do a grade looser, group by group."""
    return [
        f"{row.group.capitalize()} of {row.looser.percent:g} % in place of {row.percent:g} %: of "
        f"the same {row.looser.yields.boards} boards {row.looser.lost} fail that passed, and "
        f"{row.looser.gained} pass that failed; the yield is lower by {100 * row.looser.low:.1f} "
        f"to {100 * row.looser.high:.1f} points"
        for row in grades.groups
        if row.looser is not None
    ]
