"""What each transistor of a design does at its operating point, as a table for designers.

ngspice solves the point with every unit held at a state. The inversion coefficient IC is that of
the EKV model, from the transconductance of the source g_ms = g_m + g_mb + g_ds:

    g_ms U_T / I_D = 2 / (1 + sqrt(1 + 4 IC))        IC < 0.1 weak, > 10 strong inversion

The overdrive is |V_GS| - |V_th|; negative in weak inversion.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import DesignError, SimulationError
from hwkit.netlist import Netlist, render
from hwkit.spice.clamps import clamped, hold
from hwkit.spice.drift import DRIFT_OPTIONS
from hwkit.spice.library import find_library
from hwkit.spice.session import session
from hwkit.units import BOLTZMANN
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]

_READ = ("id", "gm", "gmbs", "gds", "vgs", "vth", "vds", "vdsat")
_CHARGE = 1.602176634e-19
_KELVIN = 273.15


@dataclass(frozen=True)
class DeviceRow:
    """One transistor at its operating point; SI units.

    Attributes:
        name: in the netlist.
        role, device: as in `Transistors`.
        width, length: m.
        ampere: drain current.
        inversion: inversion coefficient.
        overdrive: |V_GS| - |V_th|, V.
        siemens: gate transconductance.
        headroom: |V_DS| above saturation, V.
    """

    name: str
    role: str
    device: str
    width: float
    length: float
    ampere: float
    inversion: float
    overdrive: float
    siemens: float
    headroom: float


def device_table(design: Design, state: FloatArray | None = None) -> list[DeviceRow]:
    """Return a row for each transistor of a design, units held at a state (N,); None: at 0.

    Raises:
        DesignError: if it has no transistors.
        SimulationError: if ngspice is missing or finds no operating point.
    """
    if not design.transistors:
        raise DesignError(f"a {design.cell} design has no transistors to list; use silicon")
    find_library()
    netlist = clamped(render(design, noise="none", options=DRIFT_OPTIONS))
    x = np.zeros(design.machine.n_units) if state is None else state
    names = [name for group in design.transistors for name in _names(group.role, len(group))]
    task = netlist, (x * design.scale.volt).tolist(), names
    [found] = run_tasks("hwkit.spice.operating:_reader", None, [task])
    if isinstance(found, Failure):
        raise SimulationError(f"the operating point can't be read: {found.reason}")
    thermal = BOLTZMANN * (design.celsius + _KELVIN) / _CHARGE
    rows, numbers = [], iter(zip(names, found, strict=True))
    for group in design.transistors:
        for _ in range(len(group)):
            name, values = next(numbers)
            rows.append(_row(name, group.role, group.device, (group.width, group.length),
                             dict(zip(_READ, values.tolist(), strict=True)), thermal))  # fmt: skip
    return rows


def devices_csv(design: Design) -> str:
    """Return the table of `device_table` as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(
        stream, [field.name for field in fields(DeviceRow)], lineterminator="\n"
    )
    writer.writeheader()
    for row in device_table(design):
        values = asdict(row).items()
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in values})
    return stream.getvalue()


def _row(
    name: str,
    role: str,
    device: str,
    size: tuple[float, float],
    read: dict[str, float],
    thermal: float,
) -> DeviceRow:
    source = read["gm"] + read["gmbs"] + read["gds"]
    efficiency = min(source * thermal / read["id"], 1.0) if read["id"] > 0 else 1.0
    inversion = ((2 / efficiency - 1) ** 2 - 1) / 4
    return DeviceRow(
        name,
        role,
        device,
        *size,
        read["id"],
        inversion,
        abs(read["vgs"]) - abs(read["vth"]),
        read["gm"],
        abs(read["vds"]) - abs(read["vdsat"]),
    )


def _names(role: str, count: int) -> list[str]:
    return [f"M{role.replace('-', '_')}_{k}" for k in range(count)]


def _reader(setup: None) -> Callable[..., list[FloatArray]]:
    simulator = session()

    def read(task: tuple[Netlist, list[float], list[str]]) -> list[FloatArray]:
        netlist, volts, names = task
        simulator.load(netlist.text, [])
        hold(volts)
        simulator.command("op")
        found = [
            np.array([simulator.vector(f"@{name.lower()}[{what}]")[0] for what in _READ])
            for name in names
        ]
        simulator.unload()
        return found

    return read
