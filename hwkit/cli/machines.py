"""`hwkit compile` and `hwkit extract`: model file to netlist, and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import (
    Cell,
    Farad,
    Json,
    ModelFile,
    PartOptions,
    Second,
    TimeFinal,
    TimeStep,
    Volt,
    parse_options,
    refuse_unused,
)
from hwkit.cli.output import emit


def compile_(
    context: typer.Context,
    model: ModelFile,
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    option: PartOptions = None,
    dialect: Annotated[
        Literal["ngspice", "ltspice", "xyce", "spectre"],
        typer.Option(help="Simulator; all but ngspice are unverified."),
    ] = "ngspice",
    form: Annotated[
        Literal["flat", "hierarchy"],
        typer.Option(help="flat: a line per element; hierarchy: subcircuits and comments."),
    ] = "flat",
    noise: Annotated[
        Literal["trnoise", "pwl", "external", "none"] | None,
        typer.Option(
            help="trnoise: ngspice's own; pwl: written out, for any simulator; external: driven "
            "from outside. trnoise for ngspice, else pwl by default."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise that pwl writes.")] = 0,
    t_final: TimeFinal = 2.5,
    dt: TimeStep = 2.5e-3,
    out: Annotated[Path, typer.Option(help="Netlist to write.")] = Path("machine.cir"),
    bom: Annotated[Path | None, typer.Option(help="Bill of materials to write (CSV).")] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Relative tolerance that the bill asks for, as 0.01.")
    ] = None,
    kicad: Annotated[Path | None, typer.Option(help="KiCad netlist to write.")] = None,
    veriloga: Annotated[Path | None, typer.Option(help="Verilog-A of the cell to write.")] = None,
    schematic: Annotated[
        Path | None, typer.Option(help="Schematic of the cell to write (SVG).")
    ] = None,
    graph: Annotated[
        Path | None, typer.Option(help="Picture of the couplings to write (SVG).")
    ] = None,
    max_megabytes: Annotated[float, typer.Option(help="Refuse to write a larger netlist.")] = 256.0,
    as_json: Json = False,
) -> None:
    """Compile a machine into a netlist. Say what it asks of the hardware."""
    from dataclasses import asdict

    from hwkit.circuit import assess_families
    from hwkit.files import write_text
    from hwkit.netlist import render_kicad, render_veriloga, write_bom
    from hwkit.netlist.schematic import draw_cell, draw_couplings

    if tolerance is not None and bom is None:
        raise typer.BadParameter("--tolerance is for the bill of materials; give --bom too")
    if (noise or ("trnoise" if dialect == "ngspice" else "pwl")) != "pwl":
        refuse_unused(context, {"seed"}, "without --noise pwl")
    machine = hwkit.load_model(model)
    scale = hwkit.Scale(volt, second, farad)
    design = hwkit.compile_model(machine, cell, scale, parse_options(cell, option))
    limit = 1e6 * max_megabytes
    netlist = hwkit.render(
        design, dialect, noise, t_final, dt, form=form, seed=seed, max_bytes=limit
    )
    pages: dict[str, tuple[Path | None, Callable[[], str]]] = {
        "netlist": (out, lambda: netlist.text),
        "kicad": (kicad, lambda: render_kicad(design, limit)),
        "veriloga": (veriloga, lambda: render_veriloga(design)),
        "schematic": (schematic, lambda: draw_cell(cell, design.scale)),
        "graph": (graph, lambda: draw_couplings(machine)),
    }
    # Everything is made before anything is written, so that bad input leaves no file.
    texts = {name: (path, page()) for name, (path, page) in pages.items() if path is not None}
    if bom is not None:
        write_bom(design, bom, tolerance=tolerance)
    for path, text in texts.values():
        write_text(path, text)
    written = {name: str(path) for name, (path, _) in texts.items()}
    written |= {} if bom is None else {"bom": str(bom)}
    asked = design.realisability
    families = assess_families(machine, scale)
    lines = [design.scale.describe(), asked.describe(), "families"]
    for verdict in families:
        lines.append(
            f"  {verdict.cell:<16} {'yes' if verdict.realisable else 'no'}: {verdict.reason}"
        )
        lines += [f"{'':<19}- {remedy}" for remedy in verdict.remedies]
    facts = {**asdict(asked), "passive": asked.passive, "families": [asdict(v) for v in families]}
    emit(as_json, {**written, **facts}, "\n".join([*lines, f"wrote {', '.join(written.values())}"]))


def extract(
    netlist: Annotated[Path, typer.Argument(metavar="NETLIST.cir", help="A netlist.")],
    out: Annotated[Path, typer.Option(help="Model file to write.")] = Path("extracted.npz"),
    as_json: Json = False,
) -> None:
    """Read the machine that a netlist computes."""
    from hwkit.netlist.extract import extract_file

    model = extract_file(netlist)
    hwkit.save_model(model, out)
    couplings = len(model.pairs()[2])
    facts = {"model": str(out), "units": model.n_units, "couplings": couplings, "kT": model.kT}
    emit(as_json, facts, f"{model.n_units} units, {couplings} couplings; wrote {out}")
