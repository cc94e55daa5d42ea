"""`hwkit compile` and `hwkit extract`: model file to netlist, and back."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import Cell, Farad, Json, ModelFile, Second, TimeFinal, TimeStep, Volt
from hwkit.cli.output import emit


def compile_(
    model: ModelFile,
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    noise: Annotated[
        Literal["trnoise", "external"],
        typer.Option(help="trnoise: a standalone file; external: driven from outside."),
    ] = "trnoise",
    t_final: TimeFinal = 2.5,
    dt: TimeStep = 2.5e-3,
    out: Annotated[Path, typer.Option(help="Netlist to write.")] = Path("machine.cir"),
    as_json: Json = False,
) -> None:
    """Compile a machine into a netlist, and say what it asks of the hardware."""
    from dataclasses import asdict

    from hwkit.files import write_text

    machine = hwkit.load_model(model)
    design = hwkit.compile_model(machine, cell, hwkit.Scale(volt, second, farad))
    write_text(out, hwkit.render(design, noise=noise, t_final=t_final, dt=dt).text)
    asked = design.realisability
    text = f"{design.scale.describe()}\n{asked.describe()}\nwrote {out}"
    emit(as_json, {"netlist": str(out), **asdict(asked), "passive": asked.passive}, text)


def extract(
    netlist: Annotated[Path, typer.Argument(metavar="NETLIST.cir", help="A netlist.")],
    out: Annotated[Path, typer.Option(help="Model file to write.")] = Path("extracted.npz"),
    as_json: Json = False,
) -> None:
    """Read the machine that a netlist computes."""
    try:
        text = netlist.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise hwkit.NetlistError(f"netlist {netlist} can't be read: {error}") from error
    model = hwkit.extract_model(text)
    hwkit.save_model(model, out)
    couplings = len(model.pairs()[2])
    facts = {"model": str(out), "units": model.n_units, "couplings": couplings, "kT": model.kT}
    emit(as_json, facts, f"{model.n_units} units, {couplings} couplings; wrote {out}")
