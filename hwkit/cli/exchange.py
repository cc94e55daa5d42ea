"""`hwkit import` and `hwkit export`: models from elsewhere, waveforms for elsewhere."""

from pathlib import Path
from typing import Annotated, Any

import typer

import hwkit
from hwkit.cli.options import Json, Second, Volt, machine_of
from hwkit.cli.output import emit


def import_(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="A model: .npz, .safetensors or .txt; J alone: .npy or .csv."
        ),
    ],
    biases: Annotated[
        Path | None, typer.Option(help="Biases beside J alone: a vector, .npy or .csv.")
    ] = None,
    convention: Annotated[
        str | None,
        typer.Option(help="Convention of the source, such as negative-half-sum."),
    ] = None,
    kT: Annotated[float | None, typer.Option("--kt", help="Temperature; 0.1 by default.")] = None,
    J2: Annotated[float | None, typer.Option("--j2", help="Onsite J2; 1 by default.")] = None,
    J4: Annotated[float | None, typer.Option("--j4", help="Onsite J4; 1 by default.")] = None,
    n_visible: Annotated[
        int | None, typer.Option("--visible", min=0, help="Number of visible units.")
    ] = None,
    bonds: Annotated[
        Path | None, typer.Option(help="Bond list, for a file of bare numbers.")
    ] = None,
    clamp: Annotated[
        list[str] | None,
        typer.Option(metavar="UNIT=VALUE", help="Hold a unit, by name or number; repeatable."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Model file to write: .npz, .safetensors or .txt.")
    ] = Path("model.npz"),
    as_json: Json = False,
) -> None:
    """Bring in a model from another tool, or change its format."""
    onsite = None
    if J2 is not None or J4 is not None:
        onsite = hwkit.Quartic(1.0 if J2 is None else J2, 1.0 if J4 is None else J4)
    model = hwkit.import_model(
        source if biases is None else _with_biases(source, biases),
        convention,
        onsite,
        kT,
        n_visible,
        bonds=bonds,
        clamped=_clamped(clamp or []),
    )
    hwkit.export_model(model, out)
    couplings = len(model.pairs()[2])
    facts = {"model": str(out), "units": model.n_units, "couplings": couplings, "kT": model.kT}
    emit(as_json, facts, f"{model.n_units} units, {couplings} couplings; wrote {out}")


def _with_biases(source: Path, biases: Path) -> tuple[Any, Any]:
    """Return the arrays J and b of two files."""
    from hwkit.model.tables import read_matrix, read_vector

    return read_matrix(source), read_vector(biases)


def _clamped(texts: list[str]) -> dict[int | str, float]:
    from hwkit.model.numbers import plain_number

    held: dict[int | str, float] = {}
    for text in texts:
        unit, equals, value = text.rpartition("=")
        try:
            if not equals:
                raise ValueError
            if unit in held:
                raise typer.BadParameter(f"unit {unit!r} is given twice")
            held[unit] = plain_number(value)
        except (ValueError, hwkit.DataError):
            raise typer.BadParameter(f"{text!r} is not UNIT=VALUE, such as 0=0.5") from None
    return held


def export(
    trajectories: Annotated[
        Path, typer.Argument(metavar="RUNS.nc", help="Trajectories of either simulator.")
    ],
    model: Annotated[
        Path | None, typer.Option(help="The machine: names its units and sets the time.")
    ] = None,
    volt: Volt = 0.1,
    second: Second = 1e-6,
    out: Annotated[Path, typer.Option(help="Raw file to write.")] = Path("waveforms.raw"),
    as_json: Json = False,
) -> None:
    """Write trajectories as waveforms (ngspice raw). One plot for each run."""
    from hwkit.netlist import write_raw

    runs = hwkit.Trajectories.load(trajectories)
    machine = None if model is None else machine_of(model, trajectories, runs)
    names, mobility = (None, 1.0) if machine is None else (machine.names, machine.mobility)
    write_raw(runs, out, hwkit.Scale(volt, second), names, mobility)
    written = runs.n_trajectories - len(runs.failures)
    facts = {"waveforms": str(out), "runs": written, "failed": len(runs.failures)}
    emit(as_json, facts, f"{written} runs; wrote {out}")
