"""`hwkit sample` and `hwkit simulate`: runs of the ideal machine, and of its circuit."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import (
    Cell,
    Farad,
    FromZero,
    Jobs,
    Json,
    LagCheck,
    ModelFile,
    PartOptions,
    Runs,
    SaveEvery,
    Second,
    Seed,
    TimeFinal,
    Timeout,
    TimeStep,
    Volt,
    parse_options,
)
from hwkit.cli.output import emit, progress_bars
from hwkit.forecast import ideal_runs, step_count

if TYPE_CHECKING:
    from hwkit.model import Machine
    from hwkit.trajectories import FloatArray

OutFile = Annotated[Path, typer.Option(help="Trajectories file to write.")]


def sample(
    model: ModelFile,
    n: Runs = 100,
    t_final: TimeFinal = 2.5,
    dt: Annotated[
        float | None,
        typer.Option(help="Time step in model time; 1e-3, of gated machines t_final/128."),
    ] = None,
    seed: Seed = 0,
    save_every: SaveEvery = None,
    from_zero: FromZero = False,
    label: Annotated[
        int | None, typer.Option("--class", min=0, help="Class to generate, of a gated machine.")
    ] = None,
    out: OutFile = Path("ideal.nc"),
    as_json: Json = False,
) -> None:
    """Generate samples with the ideal machine, pairwise or gated."""
    from hwkit.cli.gated import STEPS, machine_for, run_machine

    machine = machine_for(model, label)
    if isinstance(machine, hwkit.EnergyModel):
        step, couplings = 1e-3, 2 * len(machine.pairs()[2])
    else:
        step, couplings = t_final / STEPS, machine.n_couplings
    step = step if dt is None else dt
    with progress_bars() as announce:
        steps = step_count(t_final, step)
        expected = ideal_runs(couplings, machine.n_units, steps, n, save_every)
        announce(expected.after("ideal runs"))
        x0 = _starts(machine, t_final, step, n, seed, from_zero)
        runs = run_machine(machine, t_final, step, n, _noise_seed(seed), x0, save_every)
    _finish(runs, out, as_json)


def simulate(
    model: ModelFile,
    n: Runs = 10,
    t_final: TimeFinal = 2.5,
    dt: TimeStep = 2.5e-3,
    seed: Seed = 0,
    save_every: SaveEvery = None,
    from_zero: FromZero = False,
    level: Annotated[
        Literal["full", "mixed"],
        typer.Option(help="full: all in ngspice; mixed: cells in ngspice, couplings outside."),
    ] = "full",
    lag_check: LagCheck = "auto",
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    option: PartOptions = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    out: OutFile = Path("spice.nc"),
    as_json: Json = False,
) -> None:
    """Generate samples with the circuit in ngspice. Same seed, same noise as `hwkit sample`."""
    from hwkit.processes import prepare

    prepare("hwkit.spice.running")  # before anything else loads numpy
    from hwkit.spice.cost import forecast
    from hwkit.workers import available_cores

    machine = hwkit.load_model(model)
    scale = hwkit.Scale(volt, second, farad)
    design = hwkit.compile_model(machine, cell, scale, parse_options(cell, option))
    jobs, steps = jobs or available_cores(), step_count(t_final, dt)
    expected = forecast(design, level, steps, n, jobs, save_every)
    with progress_bars() as announce:
        runs = hwkit.simulate_spice(
            design,
            t_final,
            dt,
            n,
            _noise_seed(seed),
            _starts(machine, t_final, dt, n, seed, from_zero),
            save_every=save_every,
            level=level,
            jobs=jobs,
            timeout=timeout,
            progress=announce(expected.after(f"SPICE runs ({level})")),
            lag_check=lag_check,
        )
    _finish(runs, out, as_json)


def _starts(
    machine: "Machine", t_final: float, dt: float, n: int, seed: int, from_zero: bool
) -> "FloatArray | None":
    from hwkit.wiener import child_seed

    if from_zero:
        return None
    return hwkit.prepare_states(machine, t_final, dt, n, child_seed(seed, "preparation"))


def _noise_seed(seed: int) -> int:
    from hwkit.wiener import child_seed

    return child_seed(seed, "generation")


def _finish(runs: "hwkit.Trajectories", out: Path, as_json: bool) -> None:
    runs.save(out)
    facts = {
        "trajectories": str(out),
        "runs": runs.n_trajectories,
        "failed": len(runs.failures),
        "failures": {str(run): reason for run, reason in runs.failures.items()},
    }
    lines = [f"{runs.n_trajectories} runs; wrote {out}"]
    lines += [f"run {run} failed: {why}" for run, why in runs.failures.items()]
    for name, text in (("lag_error", "lag error {:.2g}"), ("lag_check", "lag error {}")):
        if name in runs.attributes:
            facts[name] = runs.attributes[name]
            lines.append(text.format(runs.attributes[name]))
    emit(as_json, facts, "\n".join(lines))
    if runs.failures:
        raise typer.Exit(hwkit.SimulationError.exit_code)
