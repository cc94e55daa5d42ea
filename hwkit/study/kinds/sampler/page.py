"""The page of a sampler study: error against samples, and which parts make it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hwkit.circuit.cells.spu import gaussian_machine
from hwkit.fidelity.sampling import relative_error, second_moments
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, number
from hwkit.report.rendering import Section, metrics_section
from hwkit.report.schematics import cell_schematic
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.sampler.plan import SamplerPlan
from hwkit.study.kinds.sampler.results import ERRORS, Errors
from hwkit.trajectories import FloatArray

_POINTS = 12


@dataclass(frozen=True)
class _Content:
    """What the section's template shows."""

    drawing: Drawing
    needed: list[tuple[str, str, str]]
    published: str
    schematic: object


def sections(plan: SamplerPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a sampler study's page."""
    yield Section("sampler", "Errors", _content(plan, run.value(ERRORS, Errors)))
    yield metrics_section(run.verdict())


def _content(plan: SamplerPlan, errors: Errors) -> _Content:
    needed = [
        (cause, number(getattr(plan.parts, cause)), "more than 1" if size is None else number(size))
        for cause, size in errors.needed.items()
    ]
    low, high = plan.published
    return _Content(
        _causes(plan, errors), needed, f"{low:.0%} to {high:.0%}", cell_schematic("spu")
    )


def convergence(plan: SamplerPlan, series: FloatArray, board: FloatArray) -> Drawing:
    """Draw the error of the covariance against the number of samples, of both circuits.

    Samples are (runs, T, cells), in model units.
    """
    exact = exact_covariance(plan)
    with canvas("sampler-convergence"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        for samples, colour, style, label in (
            (series, IDEAL, "o-", "ideal parts"),
            (board, SPICE, "s--", "one board"),
        ):
            sizes, error = errors_by_count(samples, exact)
            axes.loglog(
                sizes, 100 * np.array(error), style, color=colour, markersize=3.5, label=label
            )
        low, high = plan.published
        axes.axhspan(100 * low, 100 * high, color=MUTED, alpha=0.2, label="published board")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
        axes.yaxis.set_minor_formatter(_percent_of_some)
        axes.xaxis.set_major_formatter(lambda value, _: count(round(value)))
        axes.set_xlabel("samples")
        axes.set_ylabel("relative error of the covariance")
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=9)
        svg = to_svg(figure, "Relative error of the covariance against the number of samples")
    return Drawing(
        svg,
        f"Both circuits in SPICE, up to {count(series.shape[0] * series.shape[1])} samples, which "
        "depend on those before them. With ideal parts only the number of samples limits the error "
        "of the covariance; a board's parts add to it what no number of samples removes.",
    )


def _percent_of_some(value: float, _: object) -> str:
    """Label 2 and 5 of each decade of a logarithmic axis in percent."""
    return f"{value:g} %" if f"{value:.0e}"[0] in "25" else ""


def exact_covariance(plan: SamplerPlan) -> FloatArray:
    """Return the covariance that the samples are of, (cells, cells)."""
    model = gaussian_machine(plan.matrix.precision())
    return np.asarray(model.kT * np.linalg.inv(model.hessian(np.zeros(model.n_units))))


def errors_by_count(samples: FloatArray, exact: FloatArray) -> tuple[list[int], list[float]]:
    """Return numbers of samples and the error of the covariance of so many.

    Samples are (runs, T, cells), the exact covariance (cells, cells).
    """
    flat = samples.transpose(1, 0, 2).reshape(-1, samples.shape[2])  # runs side by side
    sizes = np.unique(np.geomspace(10, len(flat), _POINTS).astype(int))
    return sizes.tolist(), [relative_error(second_moments(flat[:n]), exact) for n in sizes]


def _causes(plan: SamplerPlan, errors: Errors) -> Drawing:
    """Draw the rms error of boards for each cause alone and for all."""
    names = [cause or "all together" for cause in errors.causes]
    rms = [100 * float(np.sqrt(np.mean(np.square(row)))) for row in errors.causes.values()]
    published = [100 * end for end in plan.published]
    with canvas("sampler-causes"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        axes.barh(names[::-1], rms[::-1], color=IDEAL, height=0.6)
        axes.axvspan(*published, color=MUTED, alpha=0.2)
        for place, value in enumerate(rms[::-1]):
            axes.text(value, place, f" {value:.1f} %", va="center", fontsize=9, color=INK)
        axes.set_xlim(0, 1.2 * max(*rms, published[1]))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} %")
        axes.set_xlabel("relative error of the covariance")
        svg = to_svg(figure, "Error of boards by the kind of part that deviates")
    return Drawing(
        svg,
        f"Each kind of part deviates alone, on the same {plan.parts.boards} boards; rms over "
        "boards, without sampling error; the band is the published board.",
    )
