"""`hwkit train`: patterns to a model file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

import hwkit
from hwkit.cli.gated import GatedSize, train_on_data
from hwkit.cli.options import Json, parse_classes, refuse_all_but, refuse_unused
from hwkit.cli.output import emit, progress_bars
from hwkit.files import why

_OF_DATA = ("data", "experts", "prototypes", "segments", "tile_experts", "seed", "kT")

_TileExperts = Annotated[
    int, typer.Option(min=0, help="With --data: sets of couplings of each 2x2 tile of a picture.")
]


def train(
    context: typer.Context,
    classes: Annotated[
        str | None, typer.Option(help="Classes of the 8x8 digits, such as 3,4,7.")
    ] = None,
    patterns: Annotated[
        Path | None, typer.Option(help="Your own patterns: a .npy file, one row of pixels each.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="A whole data set for a gated machine: digits, a folder of idx files (MNIST, "
            "Fashion-MNIST), or an .npz of pictures and labels."
        ),
    ] = None,
    experts: Annotated[
        int, typer.Option(min=0, help="With --data: sets of couplings behind a gate.")
    ] = 10,
    prototypes: Annotated[
        int, typer.Option(min=0, help="With --data: sets of biases behind a gate.")
    ] = 100,
    segments: Annotated[
        int, typer.Option(min=1, help="With --data: parts of the time with their own couplings.")
    ] = 8,
    tile_experts: _TileExperts = 0,
    n_hidden: Annotated[
        int, typer.Option("--hidden-units", min=0, help="Number of hidden units.")
    ] = 64,
    hidden: Annotated[
        Literal["repeat", "projection"], typer.Option("--hidden-field", help="What they see.")
    ] = "repeat",
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the projection, or with --data of all.")
    ] = 0,
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
    """Train a machine on patterns or on a whole data set."""
    if sum(source is not None for source in (classes, patterns, data)) != 1:
        raise typer.BadParameter("give one of --classes, --patterns and --data")
    if data is not None:
        refuse_all_but(context, _OF_DATA, "with --data")
        size = GatedSize(experts, prototypes, segments, tile_experts)
        train_on_data(data, size, kT, seed, out, as_json)
        return
    refuse_unused(context, {"experts", "prototypes", "segments", "tile_experts"}, "without --data")
    if not n_hidden:
        refuse_unused(context, {"hidden", "seed"}, "without hidden units")
    if hidden != "projection":
        refuse_unused(context, {"seed"}, "without --hidden-field projection")
    settings = _Settings(n_hidden, hidden, seed, onsite, kT, biases)
    _train_on_patterns(read_patterns(classes, patterns), settings, out, as_json)


@dataclass(frozen=True)
class _Settings:
    """Options of a training on a few patterns."""

    n_hidden: int
    hidden: Literal["repeat", "projection"]
    seed: int
    onsite: Literal["quartic", "cosh"]
    kT: float
    biases: Literal["all", "hidden", "none"]


def _train_on_patterns(
    patterns: "hwkit.trajectories.FloatArray", settings: _Settings, out: Path, as_json: bool
) -> None:
    with progress_bars() as announce:
        result = hwkit.train(
            patterns,
            settings.n_hidden,
            hidden=settings.hidden,
            projection_seed=settings.seed,
            onsite=hwkit.Quartic() if settings.onsite == "quartic" else hwkit.Cosh.from_quartic(),
            kT=settings.kT,
            biases=settings.biases,
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


def read_patterns(classes: str | None, file: Path | None) -> "hwkit.trajectories.FloatArray":
    """Read patterns (P, pixels), in grey values: 8x8 digits, written like 0,1,2, or a .npy file.

    Raises:
        DataError: if the file holds no such patterns.
    """
    import numpy as np

    from hwkit.numbers import doubles
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
