"""What a co-design study's page says first: is training for the hardware worth it?"""

import numpy as np

from hwkit.ordering import largest
from hwkit.report.answers import SHARE, Answer, Number
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.codesign.page import strip
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.results import RESULTS, CodesignResults
from hwkit.trajectories import FloatArray


def answer(plan: CodesignPlan, run: FinishedRun) -> Answer:
    """Return the first screen: recognisable shares of the plain and of the judged training."""
    results = run.value(RESULTS, CodesignResults)
    shares = {name: np.array(boards.share) for name, boards in results.boards.items()}
    judged, plain = _judged(plan, results), shares["plain"]
    boards = f"{plain.size} boards, {plan.boards.samples} samples on each"
    gain = Number.over(
        f"{judged} minus plain, board by board", (shares[judged] - plain).tolist(), SHARE,
        f"{plain.size} boards, paired",
    )  # fmt: skip
    named = ("plain", judged) if judged != "ideal" else ("plain",)
    numbers = [
        Number.shares(f"{name}: recognisable", shares[name].tolist(), plan.boards.samples, boards)
        for name in named
    ]
    return Answer(_sentence(shares, judged, gain), (*numbers, gain), strip(shares))


def _judged(plan: CodesignPlan, results: CodesignResults) -> str:
    """Return the training that has limits, or the best one where it was not run."""
    if plan.limits.variant in results.boards:
        return plan.limits.variant
    others = [name for name in results.boards if name not in ("plain", "ideal")] or ["ideal"]
    return others[largest([float(np.mean(results.boards[name].share)) for name in others])]


def _sentence(shares: dict[str, FloatArray], judged: str, gain: Number) -> str:
    means = {name: f"{100 * values.mean():.1f} %" for name, values in shares.items()}
    change = "no clear change"
    if gain.low > 0 or gain.high < 0:
        change = f"{abs(100 * gain.value):.1f} points {'more' if gain.value > 0 else 'less'}"
    return (
        f"Trained for its hardware ({judged}), a machine generates {means[judged]} recognisable "
        f"samples on {shares['plain'].size} boards, where plain training gives {means['plain']} "
        f"({change}) and ideal hardware {means['ideal']}."
    )
