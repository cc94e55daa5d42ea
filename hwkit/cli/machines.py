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
from hwkit.cli.output import emit, progress_bars

_LONG_TO_READ = 10_000_000  # bytes of a netlist: some seconds
Pages = dict[str, tuple[Path | None, Callable[[], str]]]  # name -> file, what makes its text

Dialect = Annotated[
    Literal["ngspice", "ltspice", "xyce", "spectre", "gnucap", "vacask"],
    typer.Option(help="Simulator; all but ngspice are unverified."),
]
Form = Annotated[
    Literal["flat", "hierarchy"],
    typer.Option(help="flat: a line per element; hierarchy: subcircuits and comments."),
]
Noise = Annotated[
    Literal["trnoise", "pwl", "external", "none"] | None,
    typer.Option(
        help="trnoise: ngspice's own; pwl: written out, for any simulator; external: driven "
        "from outside. trnoise for ngspice, else pwl by default."
    ),
]


def compile_(
    context: typer.Context,
    model: ModelFile,
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    option: PartOptions = None,
    dialect: Dialect = "ngspice",
    form: Form = "flat",
    noise: Noise = None,
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
    lvs: Annotated[
        Path | None, typer.Option(help="Subcircuits of transistors to write, for LVS.")
    ] = None,
    devices: Annotated[
        Path | None, typer.Option(help="Table of transistors to write (CSV); needs ngspice.")
    ] = None,
    models: Annotated[
        Literal["cards", "library"],
        typer.Option(help="Of transistors: written out, or the foundry's own files included."),
    ] = "cards",
    max_megabytes: Annotated[float, typer.Option(help="Refuse to write a larger netlist.")] = 256.0,
    as_json: Json = False,
) -> None:
    """Compile a machine into a netlist. Say what it asks of the hardware."""
    if tolerance is not None and bom is None:
        raise typer.BadParameter("--tolerance is for the bill of materials; give --bom too")
    if (noise or ("trnoise" if dialect == "ngspice" else "pwl")) != "pwl":
        refuse_unused(context, {"seed"}, "without --noise pwl")
    machine = hwkit.load_model(model)
    scale = hwkit.Scale(volt, second, farad)
    design = hwkit.compile_model(machine, cell, scale, parse_options(cell, option))
    limit = 1e6 * max_megabytes
    netlist = hwkit.render(
        design, dialect, noise, t_final, dt, form=form, seed=seed, max_bytes=limit, models=models
    )
    pages: Pages = {"netlist": (out, lambda: netlist.text)}
    asked = {"kicad": kicad, "veriloga": veriloga, "schematic": schematic, "graph": graph}
    pages |= _pages(design, asked | {"lvs": lvs, "devices": devices}, limit)
    _show_design(design, _write_pages(design, pages, bom, tolerance), as_json)


def _pages(design: "hwkit.Design", files: dict[str, Path | None], limit: float) -> Pages:
    """Return what else can be written of a design, each with its file."""
    from hwkit.netlist import render_kicad, render_subcircuits, render_veriloga
    from hwkit.netlist.schematic import draw_cell, draw_couplings
    from hwkit.spice.operating import devices_csv

    makers: dict[str, Callable[[], str]] = {
        "kicad": lambda: render_kicad(design, limit),
        "veriloga": lambda: render_veriloga(design),
        "schematic": lambda: draw_cell(design.cell, design.scale),
        "graph": lambda: draw_couplings(design.model),
        "lvs": lambda: render_subcircuits(design, limit),
        "devices": lambda: devices_csv(design),
    }
    return {name: (files[name], make) for name, make in makers.items()}


def _write_pages(
    design: "hwkit.Design", pages: Pages, bom: Path | None, tolerance: float | None
) -> dict[str, str]:
    """Write what was asked for: all of it is made first, so that bad input leaves no file."""
    from hwkit.files import write_text
    from hwkit.netlist import write_bom

    texts = {name: (path, page()) for name, (path, page) in pages.items() if path is not None}
    if bom is not None:
        write_bom(design, bom, tolerance=tolerance)
    for path, text in texts.values():
        write_text(path, text)
    written = {name: str(path) for name, (path, _) in texts.items()}
    return written if bom is None else {**written, "bom": str(bom)}


def _show_design(design: "hwkit.Design", written: dict[str, str], as_json: bool) -> None:
    """Say what a design asks of the hardware, and which families could realise its machine."""
    from dataclasses import asdict

    from hwkit.circuit import assess_families

    asked = design.realisability
    families = assess_families(design.model, design.scale)
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

    with progress_bars() as announce:
        if netlist.is_file() and netlist.stat().st_size > _LONG_TO_READ:
            announce("reading the netlist")
        model = extract_file(netlist)
    hwkit.save_model(model, out)
    couplings = len(model.pairs()[2])
    facts = {"model": str(out), "units": model.n_units, "couplings": couplings, "kT": model.kT}
    emit(as_json, facts, f"{model.n_units} units, {couplings} couplings; wrote {out}")
