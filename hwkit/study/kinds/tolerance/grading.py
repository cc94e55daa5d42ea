"""Which grade each group of parts needs: the search, and the boards that judge what it chose.

Boards of a root of their own choose. The study's boards then judge the choice, and those with one
group a grade looser: the same boards, starts and noise, so that each comparison is paired. They
took no part in the choice, so their intervals need no correction for it; as several are shown, each
has the level 1 - (1 - level) / m, with which all m hold together (Bonferroni).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.variation import Grade, Variation
from hwkit.study.kinds.tolerance.batches import Campaign, tables
from hwkit.study.kinds.tolerance.corners import Corner, at_all
from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.grades_plan import Group
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results_grades import (
    GRADES,
    GradeChoice,
    GradesAnswer,
    GroupAnswer,
    LooserGrade,
    TemperatureYield,
    TriedGrades,
)
from hwkit.study.run import Run
from hwkit.tolerance import (
    BoardTable,
    Choice,
    Tried,
    Yield,
    drawn,
    estimate_yield,
    judge,
    paired_difference,
    search_grades,
)
from hwkit.wiener import child_seed


def choose_grades(run: Run[TolerancePlan], nominal: Nominal) -> GradeChoice | None:
    """Search the loosest grades, or read them; None if the study asks for none."""
    if run.plan.grades is None:
        return None
    return run.folder.value(GRADES, GradeChoice, lambda: _searched(run, nominal))


def with_choice(plan: TolerancePlan, choice: GradeChoice | None) -> Variation:
    """Return what varies with the grades that were chosen; the tightest ones if none were."""
    return plan.variation(None if choice is None else chosen_grades(plan, choice))


def chosen_grades(plan: TolerancePlan, choice: GradeChoice) -> dict[str, Grade]:
    """Return group -> the grade that was chosen; the tightest if none reached the target."""
    if choice.chosen is None:
        return {group.name: group.grades[0] for group in plan.grade_groups()}
    return {
        group.name: next(g for g in group.grades if g.percent == choice.chosen[group.name])
        for group in plan.grade_groups()
    }


def _searched(run: Run[TolerancePlan], nominal: Nominal) -> GradeChoice:
    plan, groups = run.plan, run.plan.grade_groups()
    assert plan.grades is not None
    boards, seed = plan.grades.boards, child_seed(plan.seed, "grades")

    def campaign(choice: Choice) -> Campaign:
        name = "-".join(f"{grade.percent:g}" for grade in choice.values())
        return Campaign(f"grades-{name}", plan.variation(choice), boards, seed, plan.corners())

    def yields_of(choices: Sequence[Choice]) -> list[Yield]:
        each = {campaign(choice).name: campaign(choice) for choice in choices}
        made = tables(run, nominal, "grades", list(each.values()))
        found = {name: table.estimate for name, table in zip(each, made, strict=True)}
        return [found[campaign(choice).name] for choice in choices]

    found = search_grades(
        yields_of,
        {group.name: group.grades for group in groups},
        {group.name: group.count(nominal.design) for group in groups},
        plan.grades.target,
    )
    return GradeChoice(
        target=plan.grades.target,
        chosen=None if found.chosen is None else _percents(found.chosen.grades),
        alone={group: tuple(map(_tried, rows)) for group, rows in found.alone.items()},
        tried=tuple(map(_tried, found.tried)),
    )


def _percents(grades: Mapping[str, Grade]) -> dict[str, float]:
    return {group: grade.percent for group, grade in grades.items()}


def _tried(row: Tried) -> TriedGrades:
    return TriedGrades.of(row.found, grades=_percents(row.grades), cost=row.cost)


def controls(
    plan: TolerancePlan, main: Campaign, found: GradeChoice, count: int
) -> dict[str, Campaign]:
    """Return group -> the first boards of a choice with that group one grade looser.

    None for a group without a looser grade, or if no choice reached the target.
    """
    grades, campaigns = chosen_grades(plan, found), dict[str, Campaign]()
    for place, group in enumerate(plan.grade_groups()):
        grade = group.looser(grades[group.name])
        if grade is not None and found.chosen is not None:
            varied = plan.variation(grades | {group.name: grade})
            campaigns[group.name] = replace(
                main, name=f"looser-{place}", variation=varied, count=count
            )
    return campaigns


def judge_grades(
    run: Run[TolerancePlan], nominal: Nominal, main: Campaign, table: BoardTable, found: GradeChoice
) -> GradesAnswer:
    """Judge a choice on boards that took no part in it, beside one grade looser.

    Args:
        run: the study.
        nominal: its nominal board.
        main: the boards, of the chosen grades.
        table: what was measured on them.
        found: the choice.
    """
    plan, grades = run.plan, chosen_grades(run.plan, found)
    assert plan.grades is not None
    looser = controls(plan, main, found, len(table.boards))
    measured = tables(run, nominal, "one grade looser", list(looser.values()))
    made = dict(zip(looser, measured, strict=True))
    corners = plan.corners()
    shown = len(corners) + (len(corners) > 1)
    level = 1 - (1 - plan.boards.level) / (shown * (1 + len(looser)))
    judged = _Judged(plan, corners, level)
    groups = tuple(
        judged.group(group, group.count(nominal.design), grades[group.name], table,
                     made.get(group.name))
        for group in plan.grade_groups()
    )  # fmt: skip
    return GradesAnswer(
        reached=found.chosen is not None,
        currency=plan.grades.currency,
        cost=sum(group.cost for group in groups),
        together=plan.boards.level,
        yields=judged.all_of(table),
        at=judged.each_of(table),
        exact_fails=failing_when_exact(plan, nominal),
        groups=groups,
        search=found,
    )


class _Judged:
    """Yields of a study at one level."""

    def __init__(self, plan: TolerancePlan, corners: Sequence[Corner], level: float) -> None:
        self.plan, self.corners, self.level = plan, corners, level

    def all_of(self, table: BoardTable) -> YieldFacts:
        """Return the yield at all temperatures."""
        return YieldFacts.of(self._estimate(table.passed))

    def each_of(self, table: BoardTable) -> tuple[TemperatureYield, ...]:
        """Return the yield at each temperature."""
        return yields_at(self.plan, table, self.corners, self.level)

    def _estimate(self, passed: NDArray[np.bool_]) -> Yield:
        counted = int(np.count_nonzero(passed))
        return estimate_yield(counted, passed.size, self.level, self.plan.boards.interval)

    def group(
        self,
        group: Group,
        pieces: float,
        grade: Grade,
        table: BoardTable,
        control: BoardTable | None,
    ) -> GroupAnswer:
        """Return the row of a group; `control` has it a grade looser."""
        looser, next_grade = None, group.looser(grade)
        if control is not None and next_grade is not None:
            apart = paired_difference(table.passed, control.passed, self.plan.boards.level)
            looser = LooserGrade(
                next_grade.percent,
                next_grade.of.name,
                pieces * next_grade.price,
                self.all_of(control),
                self.each_of(control),
                apart.lost,
                apart.gained,
                apart.low,
                apart.high,
            )
        return GroupAnswer(
            group.name,
            pieces,
            grade.percent,
            grade.of.name,
            grade.price,
            pieces * grade.price,
            looser,
        )


def yields_at(
    plan: TolerancePlan, table: BoardTable, corners: Sequence[Corner], level: float
) -> tuple[TemperatureYield, ...]:
    """Return the yield at each temperature, alone, with intervals of a level."""
    rows = []
    for corner in corners:
        limits = at_all([corner], plan.limits())
        names = [corner.named(name) for name in plan.metrics()]
        metrics = {name: table.metrics[name] for name in names}
        lost = np.any([~np.isfinite(values) for values in metrics.values()], axis=0)
        passed = int(np.count_nonzero(judge(limits, metrics)[0] & ~lost))
        found = estimate_yield(passed, len(table.boards), level, plan.boards.interval)
        rows.append(TemperatureYield.of(found, celsius=corner.celsius))
    return tuple(rows)


def exact_metrics(plan: TolerancePlan, nominal: Nominal) -> dict[str, float]:
    """Return what is measured on a board of exact parts at each temperature."""
    measure, found = BoardMetrics(nominal), dict[str, float]()
    for corner in plan.corners():
        campaign = Campaign("exact", corner.of(plan.exact()), 1, 0)
        values = measure(drawn(campaign.drawing(nominal), [0]))
        found |= {corner.named(name): float(column[0]) for name, column in values.items()}
    return found


def failing_when_exact(plan: TolerancePlan, nominal: Nominal) -> tuple[float, ...]:
    """Return the temperatures, in °C, at which a board of exact parts misses a limit."""
    metrics = {name: np.array([value]) for name, value in exact_metrics(plan, nominal).items()}
    return tuple(
        corner.celsius
        for corner in plan.corners()
        if not judge(at_all([corner], plan.limits()), metrics)[0][0]
    )
