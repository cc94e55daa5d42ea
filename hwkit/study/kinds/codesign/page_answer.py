"""What a co-design study's page says first: is training for the hardware worth it?"""

import numpy as np

from hwkit.ordering import largest
from hwkit.report.answers import Answer, Number
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
        f"{judged} minus plain, board by board", (100 * (shares[judged] - plain)).tolist(),
        "points", f"{plain.size} boards, paired",
    )  # fmt: skip
    named = ("plain", judged) if judged != "ideal" else ("plain",)
    numbers = [
        Number.shares(f"{name}: recognisable", shares[name].tolist(), plan.boards.samples, boards)
        for name in named
    ]
    picture = strip(shares, plan.boards.samples)
    return Answer(_sentence(shares, judged, gain), (*numbers, gain), picture)


def _judged(plan: CodesignPlan, results: CodesignResults) -> str:
    """Return the training that has limits, or the best one where it was not run."""
    if plan.limits.variant in results.boards:
        return plan.limits.variant
    others = [name for name in results.boards if name not in ("plain", "ideal")] or ["ideal"]
    return others[largest([float(np.mean(results.boards[name].share)) for name in others])]


def _sentence(shares: dict[str, FloatArray], judged: str, gain: Number) -> str:
    means = {name: f"{100 * values.mean():.1f} %" for name, values in shares.items()}
    ideal = f"plain training on ideal hardware gives {means['ideal']}"
    if judged == "ideal":
        return (
            f"On {shares['plain'].size} boards of deviating parts plain training gives "
            f"{means['plain']} recognisable samples; {ideal}."
        )
    change = f"no clear change from the {means['plain']} of plain training"
    if gain.low > 0 or gain.high < 0:
        ends = sorted((abs(gain.low), abs(gain.high)))
        more = "more" if gain.value > 0 else "fewer"
        change = (
            f"{abs(gain.value):.1f} points {more} (95 %: {ends[0]:.1f} to {ends[1]:.1f}) than the "
            f"{means['plain']} of plain training"
        )
    return (
        f"On {shares['plain'].size} boards of deviating parts {judged} training "
        f"gives {means[judged]} recognisable samples, {change}; {ideal}."
    )
