"""The same sample from a digital computer: operations counted, time measured, power priced.

Counted are floating-point operations of Euler-Maruyama: 2 for each stored coupling that a step
multiplies, and per unit and step 11 (quartic: 4 for the onsite force, 7 for bias, step and noise);
other onsite energies are counted alike, with sinh or a table as 4. Normal random numbers are not
counted, but they are in the time.

Where power is a price, the energy is that of the processor time used: power of the whole computer,
times processor seconds over the number of processors. Other programs at work then do not count,
nor does a processor that had to wait, which favours the digital side. An energy counter has no
such choice: it counts whatever the computer does meanwhile.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hwkit.energy.prices import Price
from hwkit.errors import ConfigError
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.langevin.compiled import CompiledMachine
from hwkit.model import EnergyModel, Quartic
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

RAPL = Path("/sys/class/powercap/intel-rapl:0/energy_uj")  # of the first package, in microjoules
_PER_UNIT = 11


@dataclass(frozen=True)
class DigitalCost:
    """What samples cost on this computer.

    Attributes:
        samples: number of samples that were timed together.
        second: time per sample on the clock, s.
        cpu_second: processor time per sample, all processors together, s.
        joule: energy per sample, J.
        flops: floating-point operations per sample, normals left out.
        cores: processors that took part.
        source: where the power comes from.
    """

    samples: int
    second: float
    cpu_second: float
    joule: float
    flops: int
    cores: int
    source: str


def flops_per_sample(model: EnergyModel, t_final: float, dt: float) -> int:
    """Count the operations of one sample: prepared uncoupled, then generated.

    Args:
        model: the machine.
        t_final: duration of the preparation, and again of the generation, in model time.
        dt: time step, in model time.
    """
    steps = round(t_final / dt)
    if isinstance(model.onsite, Quartic):
        products = CompiledMachine(model, dt, "double").n_products
    else:
        products = model.n_units**2
    return steps * (2 * products + 2 * _PER_UNIT * model.n_units)


def measure_digital(
    model: EnergyModel,
    t_final: float,
    dt: float,
    samples: int,
    seed: int,
    power: Price | None,
    repeats: int = 3,
    counter: Path = RAPL,
) -> DigitalCost:
    """Time the digital simulation of some samples; the repeat with the least energy counts.

    Args:
        model, t_final, dt, samples, seed: what to simulate.
        power: of the computer, W; None to read its energy counter.
        repeats: how often it is timed, after one run that is not.
        counter: file of the energy counter, in microjoules.

    Raises:
        ConfigError: if there is neither a price nor a counter that can be read.
    """
    read = None if power is not None else counter_joules(counter)
    costs = []
    for repeat in range(repeats + 1):
        before = read() if read else 0.0
        started, used = time.perf_counter(), time.process_time()
        starts = prepare_states(model, t_final, dt, samples, child_seed(seed, "preparation"))
        simulate_langevin(model, t_final, dt, samples, child_seed(seed, "generation"), starts)
        second, cpu = time.perf_counter() - started, time.process_time() - used
        price = power.value / available_cores() if power else 0.0
        joule = read() - before if read else cpu * price
        if repeat:
            costs.append((joule / samples, second / samples, cpu / samples))
    joule, second, cpu = min(costs)
    source = power.label if power else f"energy counter {counter.parent.name}"
    flops = flops_per_sample(model, t_final, dt)
    return DigitalCost(samples, second, cpu, joule, flops, available_cores(), source)


def counter_joules(counter: Path) -> Callable[[], float]:
    """Return what reads an energy counter, in J.

    Raises:
        ConfigError: if it can't be read.
    """

    def read() -> float:
        return int(counter.read_text()) * 1e-6

    try:
        read()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"this computer's energy counter {counter} can't be read; give the price 'digital' in W"
        ) from error
    return read
