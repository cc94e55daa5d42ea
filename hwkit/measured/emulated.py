"""An emulated board: a circuit in the twin or in ngspice behind an emulated converter.

Records come from a circuit whose values may differ from the design's (`fabricate`), and from noise
whose seeds no reader of the records knows. Before a stationary record the machine runs for
`WARM_UP`; before each restart of a switched one, its units relax for `PREPARATION` from 0 without
couplings and biases. 1/f noise goes on through all restarts of a record (`flicker`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Scale, compile_model
from hwkit.errors import ConfigError, SimulationError
from hwkit.measured.converter import Each, EmulatedConverter, each
from hwkit.measured.flicker import flicker_noise
from hwkit.measured.instrument import Request, check_noise, check_programmed
from hwkit.measured.records import Channel, Record
from hwkit.model import EnergyModel
from hwkit.spice import simulate_spice
from hwkit.trajectories import Trajectories
from hwkit.twin import Boards, simulate_boards
from hwkit.wiener import child_seed, increments

FloatArray = NDArray[np.float64]
Simulator = Literal["twin", "spice"]
Fabricate = Callable[[Design], Boards]

WARM_UP = 20.0  # in units of mu t
PREPARATION = 5.0
_MOST_STATES = 1 << 26  # states of one record on the simulator's grid


@dataclass(frozen=True)
class EmulatedCircuit:
    """A board whose circuit is simulated.

    Attributes:
        model: what it is programmed to.
        cell, scale: family and scale of the circuit.
        fabricate: the values of a board of a design (one board); None for the design's own.
        simulator: "twin" or "spice".
        dt: longest step, in units of mu t.
        corner: Hz at which a unit's 1/f noise is as strong as its white noise, one for all units or
            one for each; 0 for white noise alone.
    """

    model: EnergyModel
    cell: str = "rc"
    scale: Scale = Scale()  # noqa: RUF009 - frozen
    fabricate: Fabricate | None = None
    simulator: Simulator = "twin"
    dt: float = 2.5e-3
    corner: Each = 0.0

    def __post_init__(self) -> None:
        lowest = float(np.min(self.corner))
        if not lowest >= 0:
            raise ConfigError(f"corner of 1/f noise {lowest:g} Hz; it must be 0 (none) or above")

    @property
    def uncoupled(self) -> EnergyModel:
        """The machine with couplings and biases switched off."""
        n = self.model.n_units
        return replace(self.model, J=np.zeros((n, n)), b=np.zeros(n))

    def run(
        self,
        model: EnergyModel,
        starts: FloatArray,
        n_steps: int,
        dt: float,
        seed: int,
        every: int = 1,
        flicker: FloatArray | None = None,
    ) -> FloatArray:
        """Return states of every so many steps, (runs, n_steps / every + 1, N).

        Args:
            model: the machine, of as many units as the board's.
            starts: start states, (runs, N).
            n_steps: number of steps.
            dt: time step, in model time.
            seed: root of the noise; the same seed gives the same runs.
            every: steps from one state to the next.
            flicker: noise beside white one of density 1, (runs, n_steps, N); None for none.

        Raises:
            SimulationError: if a run failed.
        """
        made = compile_model(model, self.cell, self.scale)
        boards = Boards({}, 1) if self.fabricate is None else self._boards(made)
        count, kicks = len(starts), None
        if flicker is not None:
            kicks = increments(seed, range(count), n_steps, flicker.shape[2], dt) + dt * flicker
        asked = (n_steps * dt, dt, count, seed, starts, kicks, every)
        if self.simulator == "twin":
            return _states(simulate_boards(made, *asked, boards=boards).of_board(0))
        return _states(simulate_spice(boards.design(made, 0), *asked))

    def flicker(
        self, runs: int, n_steps: int, dt: float, unit: float, seed: int
    ) -> FloatArray | None:
        """Return 1/f noise of runs that follow each other, (runs, n_steps, N); None for none.

        Args:
            runs, n_steps, dt: as for `run`.
            unit: seconds per unit of model time.
            seed: of this noise alone.
        """
        corner = unit * each(self.corner, self.model.n_units, "circuit", "units")
        if not corner.any():
            return None
        rng = np.random.default_rng(seed)
        return flicker_noise(corner, runs * n_steps, dt, rng).reshape(runs, n_steps, -1)

    def _boards(self, made: Design) -> Boards:
        """Return the board's values of parts that a design has, couplings or not."""
        full = compile_model(replace(self.model, kT=made.machine.kT), self.cell, self.scale)
        boards = self.fabricate(full) if self.fabricate is not None else Boards({}, 1)
        sizes = {group.role: len(group) for group in made.parts}
        values = {
            name: value
            for name, value in boards.values.items()
            if sizes.get(name.partition(".")[0]) == value.shape[1]
        }
        return Boards(values, 1)


def _states(runs: Trajectories) -> FloatArray:
    if runs.failures:
        run, why = next(iter(runs.failures.items()))
        raise SimulationError(f"the emulated board failed in run {run}: {why}")
    return runs.x


class EmulatedInstrument:
    """An instrument (`hwkit.measured.Instrument`) whose board and converter are emulated."""

    def __init__(self, circuit: EmulatedCircuit, converter: EmulatedConverter, seed: int) -> None:
        self._circuit, self._converter = circuit, converter
        self._seed, self._started = seed, 0
        self._request: Request | None = None

    @property
    def channels(self) -> tuple[Channel, ...]:
        """One channel for each unit, "CH1" for unit 0, with the nominal scale."""
        volt, span = self._circuit.scale.volt, self._converter.span
        n = self._circuit.model.n_units
        return tuple(Channel(f"CH{unit + 1}", unit, volt, 0.0, span) for unit in range(n))

    def program(self, model: EnergyModel) -> None:
        """Set couplings, biases and onsite energies; the noise stays as it is."""
        check_programmed(model, self._circuit.model.n_units)
        self._circuit = replace(self._circuit, model=replace(model, kT=self._circuit.model.kT))

    def set_noise(self, kT: float) -> None:
        """Set the strength of the noise, in model units."""
        check_noise(kT)
        self._circuit = replace(self._circuit, model=replace(self._circuit.model, kT=kT))

    def start(self, request: Request) -> None:
        """Note what is asked for; the simulation runs in `read`."""
        self._request, self._started = request, self._started + 1

    def read(self) -> Record:
        """Simulate and convert the record that was started.

        Raises:
            ConfigError: if none was, or it is too long to be emulated.
            SimulationError: if the simulation failed.
        """
        request, self._request = self._request, None
        if request is None:
            raise ConfigError("no record was started; call start before read")
        seed = child_seed(self._seed, "record", self._started)
        rng = np.random.default_rng(child_seed(seed, "converter"))
        fine, step, first = self._volts(request, seed)
        times = request.interval * np.arange(request.n_samples, dtype=np.float64)
        pieces = [self._converter.convert(volts, step, first, times, rng) for volts in fine]
        calibrating = request.kind == "calibration"
        return Record(
            request.name,
            request.kind,
            np.vstack(pieces),
            request.interval,
            segments=request.segments,
            switched_on=request.switched_on,
            clamped=request.voltages(len(self.channels)) if calibrating else (),
        )

    def _volts(self, request: Request, seed: int) -> tuple[FloatArray, float, float]:
        """Return volts (pieces, fine steps, channels), their step and the time before 0, in s."""
        reach = self._converter.reach + request.interval
        if request.kind == "calibration":
            clamped = np.array(request.voltages(len(self.channels)))
            n = request.n_samples + 2 * int(np.ceil(reach / request.interval))
            return np.broadcast_to(clamped, (1, n + 1, clamped.size)), request.interval, reach
        circuit = self._circuit
        unit = circuit.model.mobility * circuit.scale.second  # seconds per unit of t
        refine = max(1, _steps(request.interval, unit * circuit.dt))
        step = request.interval / refine
        settling = PREPARATION if request.switched_on is not None else WARM_UP
        ahead = _steps(settling * circuit.scale.second + reach, step)
        total = ahead + _steps(reach, step) + request.n_samples * refine
        on = 0 if request.switched_on is None else ahead + round(request.switched_on / step)
        every = self._every(refine, on, ahead)
        self._check(request, total, on, every)
        x = np.zeros((request.restarts, circuit.model.n_units))
        parts, dt = [], step / unit
        slow = circuit.flicker(request.restarts, total, dt, unit, child_seed(seed, "flicker"))
        before, after = (None, None) if slow is None else (slow[:, :on], slow[:, on:])
        if on > 0:
            off = child_seed(seed, "off")
            states = circuit.run(circuit.uncoupled, x, on, dt, off, every, before)
            x = states[:, -1]
            parts.append(states[:, :-1])
        last = child_seed(seed, "on")
        parts.append(circuit.run(circuit.model, x, total - on, dt, last, every, after))
        volts = np.concatenate(parts, axis=1) * circuit.scale.volt
        return volts, every * step, ahead * step

    def _every(self, refine: int, on: int, ahead: int) -> int:
        """Return the steps after which a state is needed: each, or those of the samples alone."""
        alone = self._converter.instant and on % refine == 0 and ahead % refine == 0
        return refine if alone else 1

    def _check(self, request: Request, total: int, on: int, every: int) -> None:
        every = 1 if np.any(self._circuit.corner) else every  # its increments are held
        states = total // every * request.restarts * self._circuit.model.n_units
        if states > _MOST_STATES:
            raise ConfigError(
                f"requested record {request.name} takes {states:.3g} simulated states, above the "
                f"limit of {_MOST_STATES}; ask for fewer samples"
            )
        if request.switched_on is not None and not 0 < on < total:
            raise ConfigError(
                f"requested record {request.name} is switched on at {request.switched_on:g} s; the "
                f"emulated board needs a time between its preparation and its last sample"
            )


def _steps(seconds: float, step: float) -> int:
    """Return how many steps last so long, those that are there by rounding alone left out."""
    return int(np.ceil(seconds / step - 1e-9))
