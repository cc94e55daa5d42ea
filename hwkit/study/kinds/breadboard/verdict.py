"""What a breadboard study says: quality on three kinds of noise, drift, passive check, yield."""

import numpy as np

from hwkit import fidelity
from hwkit.circuit.streams import bit_streams, largest_correlation, three_point
from hwkit.fidelity import Metric, Verdict
from hwkit.model import EnergyModel
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.results import Sheet, Tracks
from hwkit.study.kinds.breadboard.runs import Subject, sample_clocks
from hwkit.training import recognise

DRIFT_STATES = 20


def judge(subject: Subject, sheet: Sheet) -> Verdict:
    """Return the verdict."""
    choice, patterns = subject.plan.choice, subject.patterns
    judged = [
        fidelity.quality_metrics(runs, patterns, choice.recognisable, share, side)
        for runs, share, side in (
            (subject.ideal(), choice.class_share, "ideal"),
            (subject.samples(), None, "SPICE"),
            (subject.bits(), None, "bit streams"),
        )
    ]
    ideal, *real = judged
    own = [*_streams(subject), *_metrics(subject, sheet)]
    return fidelity.merge(ideal, _control(subject), *real, own)


def _control(subject: Subject) -> list[Metric]:
    """Judge the same units without couplings: they must not generate."""
    plan, model = subject.plan, subject.model
    alone = EnergyModel(0 * model.J, model.b, model.onsite, model.kT)
    n, seed = plan.choice.samples, subject.run.seed("control")
    share = recognise(searching.samples(plan, alone, n, seed), subject.patterns).share
    note = "recognisable samples of units with biases but no couplings; must miss the choice"
    limit = plan.choice.recognisable
    note = f"{fidelity.shown_share(share, n)}; {note}"
    return [Metric("control: no couplings", "quality", share, limit, "<=", n=n, note=note)]


def _streams(subject: Subject) -> list[Metric]:
    """Judge the bit streams over the register's whole period, up to a sample's length."""
    streams = bit_streams(subject.model.n_units)
    clocks = sample_clocks(subject.plan, subject.model)
    unit = clocks / subject.plan.protocol.t_final  # clocks in a unit of model time, C / G0
    moment = three_point(streams, np.exp(-np.arange(clocks) / unit))
    samples = f"{streams.period / clocks:.3g} samples"
    return [
        Metric(
            "bit streams: largest correlation",
            "distribution",
            largest_correlation(streams, clocks),
            subject.plan.limits.stream_correlation,
            note=f"of any two at lags up to {clocks} clocks, over the period of {samples}",
        ),
        Metric(
            "bit streams: largest three-point moment",
            "distribution",
            moment,
            note="of any three, filtered by a unit's C / G0, over the same period",
        ),
    ]


def _tracks(tracks: Tracks) -> Metric:
    note = (
        f"{tracks.without:.3g} without them on the same bits; final states {tracks.rms:.2g} apart; "
        f"{tracks.of_capacitor:.2g} of a rail's capacitor, {tracks.ohm:.2g} ohm"
    )
    return Metric("tracks: recognisable", "quality", tracks.recognisable, n=tracks.runs, note=note)


def _metrics(subject: Subject, sheet: Sheet) -> list[Metric]:
    limits, boards, chosen = subject.plan.limits, sheet.boards, sheet.chosen
    return [
        Metric(
            "drift error as bought",
            "drift",
            sheet.drift,
            limits.drift,
            n=DRIFT_STATES,
            note="preferred values and ngspice's diode against the machine",
        ),
        Metric(
            "passive check: worst unit",
            "distribution",
            sheet.passive.worst,
            limits.passive,
            n=sheet.passive.runs,
            note="rms of units before Rx is fitted, SPICE against theory, standard errors",
        ),
        Metric(
            "resistors",
            "quality",
            chosen.resistors,
            note=f"{chosen.parts} parts in all, {chosen.couplings} couplings",
        ),
        Metric(
            "yield of boards",
            "quality",
            boards.value,
            subject.plan.boards.required,
            ">=",
            n=boards.boards,
            note=f"{boards.text}; at {boards.offset} rms of input offset",
        ),
        *([] if sheet.tracks is None else [_tracks(sheet.tracks)]),
    ]
