"""Draw boards: every value of every board follows from (seed, board number, name of the spread).

Board b of a seed is the same board in every study that has the same spreads, whatever else varies
and however many boards there are (Latin hypercube and Sobol boards also depend on their number).
Normal scores of a spread:  z = sqrt(rho) z_group + sqrt(1 - rho) z_own,  u = Phi(z),  e = F^-1(u).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hwkit.circuit.design import Design
from hwkit.circuit.parts import GROUND, Parts
from hwkit.circuit.variation.distributions import conditioned
from hwkit.circuit.variation.entries import (
    AGE_HOURS,
    ROOM_KELVIN,
    Fault,
    Gradient,
    Spread,
    Variation,
    input_offsets,
    matching,
)
from hwkit.circuit.variation.offsets import add_offsets
from hwkit.circuit.variation.quantising import OPEN_OHMS, quantise
from hwkit.circuit.variation.temperature import FIXED
from hwkit.circuit.variation.warming import warm_junctions, warm_parts
from hwkit.deferred import deferred
from hwkit.errors import ConfigError
from hwkit.wiener import child_seed

if TYPE_CHECKING:
    from scipy.stats import qmc
else:
    qmc = deferred("scipy.stats.qmc")

FloatArray = NDArray[np.float64]
Sampling = Literal["plain", "lhs", "sobol"]
SAMPLINGS = ("plain", "lhs", "sobol")

STRATIFIED = 1024  # dimensions that Latin hypercube and Sobol sampling cover: lots first
_POSITIVE = ("capacitor", "resistor", "noise", "diode", "limiter")
_SHORT_SIEMENS = 1e4  # relative to G0
_EDGE = 2.0**-54


@dataclass(frozen=True, eq=False)
class _Target:
    """One group of values that varies: parts, and which of their numbers."""

    name: str
    parts: Parts

    @property
    def values(self) -> FloatArray:
        parameter = self.name.partition(".")[2]
        if self.name in input_offsets(self.parts):
            return np.zeros(len(self.parts))
        return self.parts.parameter(parameter) if parameter else self.parts.values


_Current = Callable[[_Target], FloatArray]


class Drawing:
    """The boards of a design, a variation and a seed."""

    def __init__(
        self,
        design: Design,
        variation: Variation,
        seed: int,
        sampling: Sampling = "plain",
        n_boards: int = 0,
        seeds: Mapping[str, int] | None = None,
    ) -> None:
        """Prepare to draw.

        Args:
            design: as designed.
            variation: what varies.
            seed: root of the fabrication.
            sampling: "plain", "lhs" or "sobol".
            n_boards: how many boards there will be; needed by "lhs" and "sobol".
            seeds: entry of the variation -> root in place of `seed`, to exchange its draws alone.

        Raises:
            ConfigError: if a pattern matches nothing or the sampling is unknown.
        """
        design.without_transistors("a tolerance study of parts")
        if sampling not in SAMPLINGS:
            raise ConfigError(
                f"sampling {sampling!r} is unknown; choose one of {', '.join(SAMPLINGS)}"
            )
        self.design, self.variation, self.seed = design, variation, seed
        self._seeds = seeds or {}
        by_role = {parts.role: parts for parts in design.parts}

        def targets(pattern: str) -> list[_Target]:
            names = matching(design, pattern)
            return [_Target(name, by_role[name.partition(".")[0]]) for name in names]

        self._targets = {pattern: targets(pattern) for pattern in _patterns(variation)}
        self._check_offsets()
        self._sizes = self._block_sizes()
        self._strata = self._stratified(sampling, n_boards) if sampling != "plain" else {}

    def _check_offsets(self) -> None:
        for spread in self.variation.spreads:
            for target in self._targets[spread.parts]:
                if spread.relative and target.name in input_offsets(target.parts):
                    raise ConfigError(
                        f"spread {spread.name!r}: {target.name} is 0 V as designed, so a relative "
                        "deviation changes nothing; make it absolute (relative = false), in V"
                    )

    def _block_sizes(self) -> dict[str, int]:
        """Return how many uniform numbers each block of draws takes, common ones first."""
        sizes = {f"group:{s.group}": 1 for s in self.variation.spreads if s.group}
        sizes |= {g.name: 2 for g in self.variation.gradients}
        own = {s.name: self._labels(s)[1] for s in self.variation.spreads}
        return sizes | dict(sorted(own.items(), key=lambda item: item[1]))

    def _stratified(self, sampling: Sampling, n: int) -> dict[str, FloatArray]:
        if n < 1:
            raise ConfigError(f"sampling {sampling!r} needs the number of boards, not {n}")
        chosen, total = [], 0
        for name, size in self._sizes.items():
            if total + size <= STRATIFIED:
                chosen.append((name, size))
                total += size
        if not chosen:
            return {}
        rng = np.random.Generator(np.random.Philox(child_seed(self.seed, "strata")))
        if sampling == "lhs":
            sample = qmc.LatinHypercube(total, rng=rng).random(n)
        else:
            power = max(0, int(np.ceil(np.log2(n))))
            sample = qmc.Sobol(total, rng=rng).random_base2(power)[:n]
        strata, first = {}, 0
        for name, size in chosen:
            strata[name] = sample[:, first : first + size]
            first += size
        return strata

    def uniforms(self, block: str, board: int, size: int) -> FloatArray:
        """Return the uniform numbers of one block of draws of a board, (size,)."""
        if block in self._strata:
            u = self._strata[block][board]
        else:
            u = np.random.Generator(
                np.random.Philox(child_seed(self._seeds.get(block, self.seed), board, block))
            ).random(size)
        return _inside(u)

    def deviations(self, spread: Spread, board: int) -> dict[str, FloatArray]:
        """Return the deviations of each group of values that a spread means, (parts,) each."""
        labels, size = self._labels(spread)
        u = self.uniforms(spread.name, board, size)
        if spread.correlation:
            [common] = self.uniforms(f"group:{spread.group}", board, 1)
            rho = spread.correlation
            score = np.sqrt(rho) * ndtri(common) + np.sqrt(1 - rho) * ndtri(u)
            u = _inside(ndtr(score))
        found = {}
        for target in self._targets[spread.parts]:
            own = u[labels[target.name]]
            if spread.relative:
                found[target.name] = conditioned(spread.distribution, own, -1.0)
            elif target.parts.kind in _POSITIVE and "." not in target.name:
                found[target.name] = conditioned(spread.distribution, own, -target.values)
            else:
                found[target.name] = spread.distribution.quantile(own)
        return found

    def _labels(self, spread: Spread) -> tuple[dict[str, NDArray[np.intp]], int]:
        """Return for each part which of the spread's draws it takes, and how many draws."""
        if spread.share == "lot":
            return (
                {t.name: np.zeros(len(t.parts), np.intp) for t in self._targets[spread.parts]},
                1,
            )
        labels, size = {}, 0
        if spread.share == "node":  # of several roles too, all parts of a node together
            for target in self._targets[spread.parts]:
                labels[target.name] = np.maximum(target.parts.nodes[:, 0], 0)
            return labels, len(self.design.nodes)
        for target in self._targets[spread.parts]:
            own = np.arange(len(target.parts))
            if spread.share == "pair":
                ends = np.sort(target.parts.nodes, axis=1)
                own = np.unique(ends, axis=0, return_inverse=True)[1].reshape(-1)
            labels[target.name] = own + size
            size += int(own.max(initial=-1)) + 1
        return labels, size

    def board(self, board: int) -> dict[str, FloatArray]:
        """Return the values of one board that differ from the design: name -> (parts,)."""
        values: dict[str, FloatArray] = {}
        added: dict[str, FloatArray] = {}

        def current(target: _Target) -> FloatArray:
            return values.setdefault(target.name, target.values.copy())

        for quantised in self.variation.quantised:
            for target in self._targets[quantised.parts]:
                values[target.name] = quantise(current(target), target.parts, quantised)
        for spread in self.variation.spreads:
            for name, deviation in self.deviations(spread, board).items():
                target = next(t for t in self._targets[spread.parts] if t.name == name)
                if spread.relative:
                    values[name] = current(target) * (1 + deviation)
                else:
                    current(target)
                    added[name] = added.get(name, 0.0) + deviation
        for gradient in self.variation.gradients:
            slope = ndtri(self.uniforms(gradient.name, board, 2))
            for target in self._targets[gradient.parts]:
                values[target.name] = current(target) * self._tilt(gradient, slope, target.parts)
        for name, deviation in added.items():
            values[name] = values[name] + deviation
        add_offsets(self.design, values)
        self._warm(current, board, values)
        self._age(current, values)
        for fault in self.variation.faults:
            self._break(fault, board, current, values)
        return values

    def _tilt(self, gradient: Gradient, slope: FloatArray, parts: Parts) -> FloatArray:
        side = max(2, int(np.ceil(np.sqrt(self.design.model.n_units))))
        unit = np.maximum(parts.nodes[:, 0], 0) % max(self.design.model.n_units, 1)
        x, y = (2 * np.stack([unit % side, unit // side]) / (side - 1)) - 1
        return np.asarray(np.maximum(1 + gradient.sigma * (slope[0] * x + slope[1] * y), _EDGE))

    def _warm(self, current: _Current, board: int, values: dict[str, FloatArray]) -> None:
        """Give parts the values that they have at the environment's temperature."""
        kelvin = self.variation.environment.kelvin
        if kelvin == ROOM_KELVIN:
            return
        found = {
            target.name: (target, thermal.of)
            for thermal in self.variation.thermals
            for target in self._targets[thermal.parts]
        }
        fixed = [name for name, (_, of) in found.items() if of is FIXED]
        some = []
        for name, (target, of) in found.items():
            if of is not FIXED and target.parts.kind != "diode":
                current(target)
                some.append((name, of))
        warm_parts(values, some, self.uniforms, board, kelvin)
        warm_junctions(values, self.design, fixed, kelvin)

    def _age(self, current: _Current, values: dict[str, FloatArray]) -> None:
        corner = self.variation.environment
        for drift in self.variation.drifts:
            warm = 1 + drift.per_kelvin * (corner.kelvin - ROOM_KELVIN)
            old = 1 + drift.per_decade * float(np.log10(1 + corner.hours / AGE_HOURS))
            if warm <= 0 or old <= 0:
                raise ConfigError(
                    f"drift of {drift.parts!r} leaves no positive value at {corner.kelvin:g} K and "
                    f"{corner.hours:g} h"
                )
            for target in self._targets[drift.parts]:
                values[target.name] = current(target) * warm * old

    def _break(
        self, fault: Fault, board: int, current: _Current, values: dict[str, FloatArray]
    ) -> None:
        sizes = [len(target.parts) for target in self._targets[fault.parts]]
        u = np.split(self.uniforms(fault.name, board, sum(sizes)), np.cumsum(sizes)[:-1])
        for target, drawn in zip(self._targets[fault.parts], u, strict=True):
            hit = drawn < fault.probability
            own = current(target)
            kind = target.parts.kind
            if fault.kind == "stuck":
                values[target.name] = np.where(hit, fault.level * np.abs(target.values).max(), own)
            elif fault.kind == "open":
                if kind in ("capacitor", "diode", "noise"):
                    raise ConfigError(
                        f"fault {fault.name!r}: a {kind} can't be open; a node without it would "
                        "not be a unit any more"
                    )
                values[target.name] = np.where(
                    hit, OPEN_OHMS * own if kind == "resistor" else 0.0, own
                )
            else:
                self._short(target.parts.nodes[hit, 0], values)

    def _short(self, nodes: NDArray[np.intp], values: dict[str, FloatArray]) -> None:
        linear = next((p for p in self.design.parts if p.role == "onsite-linear"), None)
        if linear is None or linear.kind != "transconductor":
            raise ConfigError(
                f"shorts need a family with a restoring transconductor, not {self.design.cell!r}; "
                "use stuck parts instead"
            )
        own = values.setdefault(linear.role, linear.values.copy())
        shorted = np.isin(linear.nodes[:, 0], nodes[nodes != GROUND])
        values[linear.role] = own + _SHORT_SIEMENS * self.design.scale.siemens * shorted


def _patterns(variation: Variation) -> set[str]:
    found = {spread.parts for spread in variation.spreads}
    found |= {gradient.parts for gradient in variation.gradients}
    found |= {drift.parts for drift in variation.drifts}
    found |= {fault.parts for fault in variation.faults}
    found |= {thermal.parts for thermal in variation.thermals}
    return found | {quantised.parts for quantised in variation.quantised}


def _inside(u: FloatArray) -> FloatArray:
    """Keep uniform numbers off 0 and 1, whose quantiles may be infinite."""
    return np.asarray(np.clip(u, _EDGE, 1 - _EDGE))


def draw(
    design: Design,
    variation: Variation,
    seed: int,
    boards: Sequence[int] | range,
    sampling: Sampling = "plain",
    n_boards: int = 0,
) -> dict[str, FloatArray]:
    """Return the values of some boards: name -> (boards, parts); see `Drawing`.

    Args:
        design, variation, seed, sampling, n_boards: as for `Drawing`.
        boards: numbers of the boards to draw.
    """
    drawing = Drawing(design, variation, seed, sampling, n_boards)
    return stacked(drawing.board(board) for board in boards)


def stacked(rows: Iterable[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    """Return the values of boards, each name -> (parts,), as name -> (boards, parts)."""
    found = list(rows)
    return {name: np.stack([row[name] for row in found]) for name in (found[0] if found else {})}
