"""`hwkit import` and `hwkit export`: models from elsewhere, waveforms and boards for elsewhere."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import hwkit
from hwkit.cli.options import Json, Second, Volt, machine_of, refuse_unused
from hwkit.cli.output import emit, progress_bars


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
    from hwkit.numbers import plain_number

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
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Trajectories (.nc) for raw; for a board a machine of diodes (.npz) or the run "
            "folder of a breadboard study.",
        ),
    ],
    form: Annotated[
        Literal["raw", "kicad-project", "fabrication"],
        typer.Option(
            "--format",
            help="raw: waveforms; kicad-project: a board to order; fabrication: its Gerber files, "
            "by KiCad.",
        ),
    ] = "raw",
    model: Annotated[
        Path | None, typer.Option(help="raw: the machine, which names its units and sets the time.")
    ] = None,
    volt: Volt = 0.1,
    second: Second = 1e-6,
    catalogue: Annotated[
        Path | None, typer.Option(help="A board: your own parts (TOML), which come first.")
    ] = None,
    amplifier: Annotated[
        str, typer.Option(help="A board: part number of the amplifiers, or how it starts.")
    ] = "",
    unrouted: Annotated[
        bool, typer.Option("--unrouted", help="kicad-project: parts placed, without tracks.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="File or folder; waveforms.raw, board or fabrication."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write waveforms, a KiCad project, or files for a fabricator."""
    if form != "raw":
        refuse_unused(context, {"model", "volt", "second"}, f"with --format {form}")
        if form == "kicad-project":
            target = out or Path("board")
            _export_board(source, target, catalogue, amplifier, not unrouted, as_json)
        else:
            refuse_unused(context, {"unrouted"}, f"with --format {form}")
            _export_fabrication(source, out or Path(form), catalogue, amplifier, as_json)
        return
    refuse_unused(context, {"catalogue", "amplifier", "unrouted"}, "with --format raw")
    _export_waveforms(source, model, hwkit.Scale(volt, second), out, as_json)


def _export_waveforms(
    trajectories: Path, model: Path | None, scale: "hwkit.Scale", out: Path | None, as_json: bool
) -> None:
    """Write waveforms. One plot for each run."""
    from hwkit.netlist import write_raw

    target = Path("waveforms.raw") if out is None else out
    runs = hwkit.Trajectories.load(trajectories)
    machine = None if model is None else machine_of(model, trajectories, runs)
    names, mobility = (None, 1.0) if machine is None else (machine.names, machine.mobility)
    write_raw(runs, target, scale, names, mobility)
    written = runs.n_trajectories - len(runs.failures)
    facts = {"waveforms": str(target), "runs": written, "failed": len(runs.failures)}
    emit(as_json, facts, f"{written} runs; wrote {target}")


def _export_board(
    source: Path,
    out: Path,
    catalogue: Path | None,
    amplifier: str,
    tracks: bool,
    as_json: bool,
) -> None:
    from hwkit.study.kinds.breadboard.ordering import order_board

    with progress_bars() as announce:
        order = order_board(source, out, catalogue, amplifier, announce, tracks)
    facts = {"project": str(out), **asdict(order)}
    lines = [
        f"{order.parts} parts of {order.numbers} part numbers on {order.nets} nets",
        f"read back from wires and pads: {order.elements} elements are those of the netlist; the "
        f"machine agrees to {order.apart:.1g}",
        f"{len(order.unverified)} part numbers have something that nobody checked: see bill.csv",
        *_routed(order.quiet),
        f"wrote {out}",
    ]
    emit(as_json, facts, "\n".join(lines))


def _routed(quiet: float | None) -> list[str]:
    if quiet is None:
        return ["placed, without tracks: route board.kicad_pcb, keep lines of bits from inputs"]
    return [
        f"lines of bits are {quiet:.2f} mm or more from the amplifiers' summing nodes",
        "routed on two layers; in KiCad fill the zones of board.kicad_pcb (B) before you order",
    ]


def _export_fabrication(
    source: Path, out: Path, catalogue: Path | None, amplifier: str, as_json: bool
) -> None:
    from hwkit.study.kinds.breadboard.ordering import order_fabrication

    with progress_bars() as announce:
        version, counts = order_fabrication(source, out, catalogue, amplifier, announce)
    facts = {"fabrication": str(out), "kicad": version, **counts}
    compared = ", ".join(f"{count} {what}" for what, count in counts.items())
    lines = [f"KiCad {version} wrote what the board has: {compared}", f"wrote {out}"]
    emit(as_json, facts, "\n".join(lines))
