"""`hwkit doctor`: is everything there, and does a circuit run?"""

import platform

import typer

import hwkit
from hwkit.cli.options import Json
from hwkit.cli.output import emit

_SECONDS = 120.0  # for a run that takes two: a simulator that hangs is ill


def doctor(as_json: Json = False) -> None:
    """Check Python, ngspice and a circuit of known answer."""
    from hwkit.processes import prepare
    from hwkit.workers import available_cores

    prepare("hwkit.spice.running")
    facts: dict[str, object] = {
        "hwkit": hwkit.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": available_cores(),
        "transistors": _transistors(),
    }
    problem = None
    try:
        facts |= _simulator()
    except hwkit.SimulationError as error:
        problem = str(error)
        facts["problem"] = problem
    facts["second opinion"] = _other_simulators()
    facts["healthy"] = problem is None
    width = max(map(len, facts))
    emit(as_json, facts, "\n".join(f"{name:<{width}}  {value}" for name, value in facts.items()))
    if problem is not None:
        raise typer.Exit(hwkit.SimulationError.exit_code)


def _other_simulators() -> str:
    """Return the other simulators that are found, each with its place."""
    from hwkit.spice.simulators import SIMULATORS

    found = []
    for name, each in SIMULATORS.items():
        try:
            found.append(f"{name} ({each.find(None)})")
        except hwkit.SimulationError:  # none of them is needed
            continue
    return ", ".join(found) or "no other simulator"


def _transistors() -> str:
    """Say where transistor models come from; those of a foundry need not be there."""
    from hwkit.circuit.pdk import TECHNOLOGIES

    return "; ".join(_models(name) for name in TECHNOLOGIES)


def _models(process: str) -> str:
    from hwkit.circuit.pdk import embedded_notice, find_library

    embedded = f"{embedded_notice(process)['process']}: embedded numbers"
    try:
        library = find_library(process=process)
    except hwkit.DesignError as missing:
        return f"{embedded}; {missing}"
    return f"{embedded}; the foundry's files from {library.source}: {library.models}"


def _simulator() -> dict[str, object]:
    """Find ngspice and let a capacitor discharge; backward Euler's result is known exactly."""
    import numpy as np

    from hwkit.spice import find_library, find_program, ngspice_solver, ngspice_version
    from hwkit.spice.library import program_version

    program = find_program()
    facts: dict[str, object] = {
        "library": str(find_library()),
        "program": f"{program}, version {program_version(program)}",
        "ngspice": ngspice_version(),
        "solver": ngspice_solver(),
    }
    machine = hwkit.EnergyModel([[0.0]], [0.0], hwkit.Quartic(J2=1.0, J4=0.0), kT=0.1)
    runs = hwkit.simulate_spice(
        hwkit.compile_model(machine),
        1.0,
        0.01,
        x0=[[1.0]],
        increments=np.zeros((1, 100, 1)),
        timeout=_SECONDS,
    )
    error = abs(float(runs.final[0, 0]) / 1.02**-100 - 1)
    if error > 1e-6:
        raise hwkit.SimulationError(
            f"a discharging capacitor is off by {error:.1e}, above 1e-6; this ngspice can't be used"
        )
    return facts | {"test circuit": f"relative error {error:.1e}"}
