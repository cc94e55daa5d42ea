"""Pictures of the build sheet: digits, boards, size against quality."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, canvas, panel, to_svg
from hwkit.report.pictures import Picture, picture_uri
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.results import Candidate, Sheet


def learned(sheet: Sheet) -> list[Picture]:
    """Return the patterns that the machine learned."""
    chosen, patterns = sheet.chosen, np.array(sheet.patterns)
    shape, top = (chosen.rows, chosen.columns), float(np.max(np.abs(patterns)))
    return [
        Picture(picture_uri(row.reshape(shape), (-top, top)), f"the {label} it learned", str(label))
        for row, label in zip(patterns, chosen.classes, strict=True)
    ]


def generated(sheet: Sheet) -> list[Picture]:
    """Return samples in SPICE, each with the pattern that it resembles most."""
    chosen, samples = sheet.chosen, sheet.samples
    shape = (chosen.rows, chosen.columns)
    labels = [str(label) for label in chosen.classes]
    return [
        Picture(
            picture_uri(np.array(state).reshape(shape), (-1.0, 1.0)),
            f"a sample like {labels[best]}",
            labels[best] + ("" if recognisable else " ✗"),
        )
        for state, best, recognisable in zip(
            samples.states, samples.best, samples.recognisable, strict=True
        )
    ]


def boards(sheet: Sheet, plan: BreadboardPlan) -> Markup:
    """Return a figure of the recognisable share and that of the rarest class of every board."""
    drawn, chosen = sheet.boards, sheet.chosen
    with canvas("breadboard-boards"):
        figure = panel(400, 250)
        axes = figure.add_subplot()
        axes.plot(drawn.recognisable, drawn.class_share, "o", color=SPICE, ms=4, alpha=0.7)
        axes.plot([chosen.recognisable], [chosen.class_share], "D", color=INK, ms=6)
        axes.axvline(plan.boards.recognisable, color=MUTED, lw=0.9, ls=(0, (1, 1.5)))
        axes.set_xlabel("recognisable share")
        axes.set_ylabel("share of the rarest digit")
        axes.grid(visible=True)
        return to_svg(figure, "Recognisable and rarest share of every board")


def curve(rows: Sequence[Candidate], plan: BreadboardPlan) -> Markup:
    """Return a figure of the recognisable share against the number of parts."""
    with canvas("breadboard-curve"):
        figure = panel(430, 270)
        axes = figure.add_subplot()
        for eligible, colour, label in ((True, SPICE, "as asked for"), (False, IDEAL, "others")):
            shown = [row for row in rows if row.eligible is eligible]
            parts = [row.parts for row in shown]
            axes.plot(
                parts, [row.recognisable for row in shown], "o", color=colour, ms=5, label=label
            )
            axes.plot(parts, [row.chance for row in shown], "_", color=colour, ms=8)
        axes.axhline(plan.choice.recognisable, color=INK, lw=1, ls=(0, (1, 1.5)))
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("parts to solder")
        axes.set_ylabel("recognisable share")
        axes.legend(frameon=False, loc="center right")
        axes.grid(visible=True)
        return to_svg(figure, "Recognisable share against the number of parts")
