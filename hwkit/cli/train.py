"""`hwkit train`: patterns to a model file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import Json, parse_classes, refuse_unused
from hwkit.cli.output import emit, progress_bars
from hwkit.files import why


def train(
    context: typer.Context,
    classes: Annotated[
        str | None, typer.Option(help="Classes of the 8x8 digits, such as 3,4,7.")
    ] = None,
    patterns: Annotated[
        Path | None, typer.Option(help="Your own patterns: a .npy file, one row of pixels each.")
    ] = None,
    n_hidden: Annotated[
        int, typer.Option("--hidden-units", min=0, help="Number of hidden units.")
    ] = 64,
    hidden: Annotated[
        Literal["repeat", "projection"], typer.Option("--hidden-field", help="What they see.")
    ] = "repeat",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random projection.")] = 0,
    kT: Annotated[float, typer.Option("--kt", help="Temperature.")] = 0.1,
    onsite: Annotated[
        Literal["quartic", "cosh"],
        typer.Option(help="Onsite energy: the paper's, or that of antiparallel diodes."),
    ] = "quartic",
    biases: Annotated[
        Literal["all", "hidden", "none"], typer.Option(help="Which biases are trained.")
    ] = "all",
    out: Annotated[Path, typer.Option(help="Model file to write.")] = Path("model.npz"),
    as_json: Json = False,
) -> None:
    """Train a machine to generate patterns."""
    if (classes is None) == (patterns is None):
        raise typer.BadParameter("give either --classes or --patterns")
    if not n_hidden:
        refuse_unused(context, {"hidden", "seed"}, "without hidden units")
    if hidden != "projection":
        refuse_unused(context, {"seed"}, "without --hidden-field projection")
    with progress_bars() as announce:
        result = hwkit.train(
            _patterns(classes, patterns),
            n_hidden,
            hidden=hidden,
            projection_seed=seed,
            onsite=hwkit.Quartic() if onsite == "quartic" else hwkit.Cosh.from_quartic(),
            kT=kT,
            biases=biases,
            progress=announce("training"),
        )
    hwkit.save_model(result.model, out)
    facts = {
        "model": str(out),
        "units": result.model.n_units,
        "visible": result.model.n_visible,
        "iterations": len(result.residuals) - 1,
        "gradient": result.residuals[-1],
        "loss_per_step": result.loss,
    }
    text = (
        f"{facts['units']} units trained in {facts['iterations']} iterations, loss per step "
        f"{result.loss:.4f}; wrote {out}"
    )
    emit(as_json, facts, text)


def _patterns(classes: str | None, file: Path | None) -> "hwkit.trajectories.FloatArray":
    import numpy as np

    from hwkit.model.numbers import doubles
    from hwkit.patterns import digit_patterns

    named = parse_classes(classes)
    if named is not None:
        return digit_patterns(named)
    try:
        with Path(str(file)).open("rb") as stream:
            patterns = doubles("patterns", np.lib.format.read_array(stream))
    except hwkit.DataError as error:
        raise hwkit.DataError(f"{file}: {error}") from None
    except Exception as error:  # a damaged file fails in many ways, and all mean the same
        raise hwkit.DataError(f"{file} is not a .npy file of patterns: {why(error)}") from error
    if patterns.ndim != 2:
        raise hwkit.DataError(
            f"{file} has shape {patterns.shape}; give one row of pixels for each pattern"
        )
    return patterns
