"""`hwkit validate`: a verdict on a machine's circuit, a foreign netlist, or two stored runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import (
    Cell,
    Farad,
    Jobs,
    Json,
    PartOptions,
    Runs,
    Second,
    Seed,
    TimeFinal,
    Timeout,
    TimeStep,
    Volt,
    parse_options,
)
from hwkit.cli.output import emit, progress_bars, verdict_table
from hwkit.forecast import spice_runs, step_count

if TYPE_CHECKING:
    from hwkit.fidelity import Verdict
    from hwkit.netlist.foreign import ForeignNetlist


_NETLISTS = (".cir", ".net", ".sp", ".spice", ".ckt")

Control = Literal["sign-flip", "dead-node", "swap", "temperature"]


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL.npz | NETLIST.cir | IDEAL.nc REAL.nc",
            help="A machine, a netlist with --model, or two stored sets of runs on the same noise.",
        ),
    ],
    n: Runs = 20,
    t_final: TimeFinal = 2.5,
    dt: TimeStep = 2.5e-3,
    seed: Seed = 0,
    level: Annotated[
        Literal["full", "mixed", "reference"],
        typer.Option(help="Level of SPICE; reference needs no ngspice, with --converge only."),
    ] = "full",
    control: Annotated[
        Control | None,
        typer.Option(help="Negative control: lay this fault on the circuit; must exit 1."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The machine that a netlist is held against.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Node of each unit of a netlist: CSV or TOML.")
    ] = None,
    converge: Annotated[
        bool, typer.Option("--converge", help="Run dt, dt/2, dt/4 and fit the order.")
    ] = False,
    spectra: Annotated[
        bool, typer.Option("--spectra", help="Compare spectra: of the circuit and of runs.")
    ] = False,
    error: Annotated[
        float | None,
        typer.Option(help="With --converge: rms error that the step is to meet; 0.001 by default."),
    ] = None,
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    option: PartOptions = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    out: Annotated[Path | None, typer.Option(help="Verdict file to write.")] = None,
    as_json: Json = False,
) -> None:
    """Hold a circuit against the ideal machine. Exit status 1 if a limit is not met."""
    from hwkit import study
    from hwkit.workers import available_cores

    if len(files) > 2:
        raise typer.BadParameter("give one model or netlist, or two trajectories files")
    if converge and (len(files) == 2 or model is not None):
        raise typer.BadParameter("--converge takes one model file, without --model")
    if spectra and (converge or len(files) == 2 or model is not None or level != "full"):
        raise typer.BadParameter("--spectra takes one model file, at level full, and runs alone")
    if level == "reference" and not converge:
        raise typer.BadParameter("level reference is for --converge")
    if error is not None and not converge:
        raise typer.BadParameter("--error is for --converge")
    if len(files) == 1 and files[0].suffix.lower() == ".nc":
        raise typer.BadParameter(f"{files[0]} alone has nothing to be held against: give two runs")
    if model is None and (mapping is not None or files[0].suffix.lower() in _NETLISTS):
        raise typer.BadParameter("a netlist is held against a machine: give it as --model")
    if model is not None and (len(files) == 2 or control is not None or level != "full"):
        raise typer.BadParameter("a netlist with --model runs alone, at level full, as it is")
    jobs, error = jobs or available_cores(), 1e-3 if error is None else error
    with progress_bars() as announce:
        if len(files) == 2:
            ideal, real = (hwkit.Trajectories.load(file) for file in files)
            verdict = hwkit.compare(ideal, real)
        elif model is not None:
            machine, netlist = _netlist(files[0], model, mapping)
            bar = announce("SPICE runs of the netlist")
            verdict = study.validate_netlist(
                netlist, machine, t_final, dt, n, seed, volt, second, jobs, timeout, bar
            )
        else:
            scale = hwkit.Scale(volt, second, farad)
            parts = parse_options(cell, option)
            design = hwkit.compile_model(hwkit.load_model(files[0]), cell, scale, parts)
            if spectra:
                verdict = study.validate_spectra(
                    design, dt, n, seed, control, jobs, timeout, announce
                )
            elif converge or level == "reference":
                verdict = study.converge(
                    design, t_final, dt, n, seed, level, error, control, jobs, timeout, announce
                )
            else:
                steps = step_count(t_final, dt)
                expected = spice_runs(design.n_elements, design.model.n_units, steps, n, jobs, 10)
                bar = announce(expected.after(f"SPICE runs ({level})"))
                verdict = study.validate_design(
                    design, t_final, dt, n, seed, level, control, jobs, timeout, bar
                )
    if out is not None:
        verdict.save(out)
    conclude(verdict, as_json)


def _netlist(
    file: Path, model: Path, mapping: Path | None
) -> tuple["hwkit.EnergyModel", "ForeignNetlist"]:
    from hwkit.netlist.foreign import foreign_netlist, load_mapping
    from hwkit.netlist.reading import read_netlist

    machine = hwkit.load_model(model)
    nodes = load_mapping(mapping) if mapping is not None else None
    reading = read_netlist(file)
    try:
        return machine, foreign_netlist(reading, machine.unit_names, nodes)
    except hwkit.NetlistError as error:
        raise hwkit.NetlistError(f"{file}: {error}") from error


def conclude(verdict: "Verdict", as_json: bool) -> None:
    """Print a verdict and leave with its exit status."""
    emit(as_json, json.loads(verdict.to_json()), verdict_table(verdict))
    if not verdict.passed:
        raise typer.Exit(1)
