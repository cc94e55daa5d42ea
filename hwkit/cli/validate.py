"""`hwkit validate`: a verdict on a machine's circuit, a foreign netlist, or two stored runs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import hwkit
from hwkit.cli.options import (
    Cell,
    Farad,
    Jobs,
    Json,
    LagCheck,
    PartOptions,
    Runs,
    Second,
    Seed,
    TimeFinal,
    Timeout,
    TimeStep,
    Volt,
    given,
    parse_options,
    refuse_all_but,
    refuse_unused,
)
from hwkit.cli.output import answer, emit, progress_bars, verdict_table
from hwkit.cli.progress import Announce
from hwkit.forecast import step_count
from hwkit.processes import prepare

if TYPE_CHECKING:
    from hwkit.fidelity import Verdict
    from hwkit.model import GatedMachine, SegmentedMachine
    from hwkit.netlist.foreign import ForeignNetlist


_NETLISTS = (".cir", ".net", ".sp", ".spice", ".ckt")

# What each kind of comparison uses; every other option would change nothing.
_PATHS = {"n", "t_final", "dt", "seed"}
_RUNNING = {"jobs", "timeout"}
_DESIGN = {"cell", "volt", "second", "farad", "option", "control"}


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="MODEL.npz | NETLIST.cir | IDEAL.nc REAL.nc",
        help="A machine, a netlist with --model, or two stored sets of runs on the same noise.",
    ),
]
Level = Annotated[
    Literal["full", "mixed", "reference"],
    typer.Option(help="Level of SPICE; reference needs no ngspice, with --converge only."),
]
Control = Annotated[
    str | None,
    typer.Option(
        help="Negative control: a fault put into the circuit, such as sign-flip, dead-node, swap "
        "or temperature; must exit 1."
    ),
]
Model = Annotated[Path | None, typer.Option(help="The machine that a netlist is compared with.")]
Mapping = Annotated[Path | None, typer.Option(help="Node of each unit of a netlist: CSV or TOML.")]
Converge = Annotated[bool, typer.Option("--converge", help="Run dt, dt/2, dt/4 and fit the order.")]
Spectra = Annotated[
    bool, typer.Option("--spectra", help="Compare spectra: of the circuit and of runs.")
]
Error = Annotated[
    float | None,
    typer.Option(help="With --converge: rms error that the step is to meet; 0.001 by default."),
]
SecondSimulator = Annotated[
    Literal["ngspice", "eecircuit", "gnucap", "vacask"] | None,
    typer.Option(help="Run the same netlist on the same noise there and in ngspice, and compare."),
]
SimulatorPath = Annotated[
    str | None,
    typer.Option(help="With --simulator: its program, shared library (ngspice) or npm folder."),
]
SameNoise = Annotated[
    bool,
    typer.Option("--same-noise", help="Two stored runs: say that the same noise drove them."),
]


def validate(
    context: typer.Context,
    files: Files,
    n: Runs = 20,
    t_final: TimeFinal = 2.5,
    dt: TimeStep = 2.5e-3,
    seed: Seed = 0,
    level: Level = "full",
    control: Control = None,
    model: Model = None,
    mapping: Mapping = None,
    converge: Converge = False,
    spectra: Spectra = False,
    error: Error = None,
    same_noise: SameNoise = False,
    simulator: SecondSimulator = None,
    simulator_path: SimulatorPath = None,
    lag_check: LagCheck = "auto",
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
    """Compare a circuit with the ideal machine. Exit status 1 if a limit is not met."""
    _check_files(files, model, level, converge)
    _refuse_unused(context, len(files) == 2, level)
    if len(files) == 1:
        prepare("hwkit.spice.running")
    from hwkit.validation import validate_netlist
    from hwkit.workers import available_cores

    workers = jobs or available_cores()
    with progress_bars() as announce:
        if len(files) == 2:
            ideal, real = (hwkit.Trajectories.load(file) for file in files)
            verdict = hwkit.compare(ideal, real, same_noise=same_noise)
        elif model is not None:
            machine, netlist = _netlist(files[0], model, mapping)
            bar = announce("SPICE runs of the netlist")
            volts = volt if given(context, "volt") else None
            seconds = second if given(context, "second") else None
            verdict = validate_netlist(
                netlist, machine, t_final, dt, n, seed, volts, seconds, workers, timeout, bar
            )
        else:
            runs = (n, t_final, dt, seed, level, control)
            second_simulator = (simulator, simulator_path)
            asked = _Asked(
                spectra, converge, *runs, error, *second_simulator, lag_check, workers, timeout
            )
            circuit = (cell, hwkit.Scale(volt, second, farad), parse_options(cell, option))
            verdict = _machine_verdict(context, files[0], circuit, asked, announce)
    if out is not None:
        verdict.save(out)
    conclude(verdict, as_json)


def _check_files(files: list[Path], model: Path | None, level: str, converge: bool) -> None:
    if len(files) > 2:
        raise typer.BadParameter("give one model or netlist, or two trajectories files")
    if len(files) == 1 and files[0].suffix.lower() == ".nc":
        raise typer.BadParameter(
            f"{files[0]} alone needs a second file to compare with: give two runs"
        )
    if len(files) == 1 and model is None and files[0].suffix.lower() in _NETLISTS:
        raise typer.BadParameter("a netlist is compared with a machine: give it as --model")
    if level == "reference" and not converge:
        raise typer.BadParameter("--level reference needs --converge")


Circuit = tuple[str, "hwkit.Scale", Any]  # family, scale, its options


@dataclass(frozen=True)
class _Asked:
    """What is to be validated of a design, and on which runs; the options of those names."""

    spectra: bool
    converge: bool
    n: int
    t_final: float
    dt: float
    seed: int
    level: Literal["full", "mixed", "reference"]
    control: str | None
    error: float | None
    simulator: str | None
    simulator_path: str | None
    lag_check: Literal["auto", "always", "never"]
    jobs: int
    timeout: float | None


def _design_verdict(design: "hwkit.Design", asked: _Asked, announce: Announce) -> "Verdict":
    """Judge a design by its spectra, by convergence, or by drift and paths."""
    from hwkit import validation
    from hwkit.spice.cost import forecast

    n, t_final, dt, seed, level = asked.n, asked.t_final, asked.dt, asked.seed, asked.level
    running = (asked.control, asked.jobs, asked.timeout)
    if asked.simulator is not None:
        where = (asked.simulator, asked.simulator_path)
        return validation.second_opinion(
            design, *where, t_final, dt, seed, asked.control, asked.timeout
        )
    if asked.spectra:
        return validation.validate_spectra(design, dt, n, seed, *running, announce)
    if asked.converge:
        error = 1e-3 if asked.error is None else asked.error
        return validation.converge(design, t_final, dt, n, seed, level, error, *running, announce)
    assert level != "reference"  # refused without --converge
    expected = forecast(design, level, step_count(t_final, dt), n, asked.jobs, 10)
    bar = announce(expected.after(f"SPICE runs ({level})"))
    return validation.validate_design(
        design, t_final, dt, n, seed, level, *running, bar, asked.lag_check
    )


def _machine_verdict(
    context: typer.Context, file: Path, circuit: Circuit, asked: _Asked, announce: Announce
) -> "Verdict":
    """Judge the circuit of a machine's file."""
    machine = hwkit.load_machine(file)
    if isinstance(machine, hwkit.EnergyModel):
        design = hwkit.compile_model(machine, *circuit)
        _refuse_for_cells(context, design, asked)
        return _design_verdict(design, asked, announce)
    used = {"level", *_PATHS, *_RUNNING, *_DESIGN}
    refuse_all_but(context, used, "for a gated machine")
    return _gated_verdict(machine, circuit, asked, announce)


def _gated_verdict(
    machine: "GatedMachine | SegmentedMachine",
    circuit: Circuit,
    asked: _Asked,
    announce: Announce,
) -> "Verdict":
    """Judge the circuit of a gated machine at a level by drift and paths."""
    from hwkit.validation import gated_design, validate_gated

    assert asked.level != "reference"  # refused without --converge
    design = gated_design(machine, asked.t_final, asked.level, *circuit)
    bar = announce(f"SPICE runs ({asked.level})")
    return validate_gated(
        design,
        asked.t_final,
        asked.dt,
        asked.n,
        asked.seed,
        asked.level,
        asked.control,
        jobs=asked.jobs,
        timeout=asked.timeout,
        progress=bar,
    )


def _refuse_for_cells(context: typer.Context, design: "hwkit.Design", asked: _Asked) -> None:
    """Refuse options of paths for a family whose samples are judged."""
    from hwkit.validation.dynamics import has_cells

    if has_cells(design) and not (asked.spectra or asked.converge or asked.simulator):
        used = {"seed", *_RUNNING, *_DESIGN}
        refuse_all_but(context, used, f"for family {design.cell}, whose samples are judged")


def _refuse_unused(context: typer.Context, stored: bool, level: str) -> None:
    """Refuse options that the comparison asked for doesn't use."""
    if stored:
        return refuse_all_but(context, {"same_noise"}, "with two stored runs")
    refuse_unused(context, {"same_noise"}, "without two stored runs")
    if given(context, "model"):
        used = {"model", "mapping", "volt", "second", *_PATHS, *_RUNNING}
        return refuse_all_but(context, used, "with --model: a netlist runs as it is")
    refuse_unused(context, {"mapping"}, "without a netlist and its --model")
    if context.params["simulator"] is not None:
        used = {"simulator", "simulator_path", "t_final", "dt", "seed", "timeout", *_DESIGN}
        return refuse_all_but(context, used, "with --simulator, which compares one run")
    refuse_unused(context, {"simulator_path"}, "without --simulator")
    if context.params["spectra"] and not context.params["converge"]:
        used = {"spectra", "n", "dt", "seed", *_RUNNING, *_DESIGN}
        return refuse_all_but(context, used, "with --spectra")
    if context.params["converge"]:
        circuit = {"level"} if level == "reference" else {"level", *_RUNNING, *_DESIGN}
        used = {"converge", "error", *_PATHS, *circuit}
        kind = " at level reference" * (level == "reference")
        return refuse_all_but(context, used, f"with --converge{kind}")
    refuse_unused(context, {"error"}, "without --converge")
    if level != "mixed":
        refuse_unused(context, {"lag_check"}, "without --level mixed")
    return None


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
    """Print a verdict, its answer first, and leave with its exit status."""
    text = f"{answer(verdict)}\n\n{verdict_table(verdict)}"
    emit(as_json, json.loads(verdict.to_json()), text)
    if not verdict.passed:
        raise typer.Exit(1)
