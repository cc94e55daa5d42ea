"""Records: pieces, blocks, and what can't be one."""

import numpy as np
import pytest

from hwkit.errors import DataError
from hwkit.measured import Channel, Measurement, Record

VOLTS = np.arange(20.0).reshape(10, 2)


def test_pieces_and_blocks_give_every_sample_once():
    record = Record("r", "switched", VOLTS, 1e-6, segments=(3, 7), switched_on=0.0)
    assert record.pieces == (slice(0, 3), slice(3, 10))
    assert np.array_equal(np.vstack([b.volts for b in record.blocks(4)]), VOLTS)
    blocks = list(record.piece_blocks(4))
    assert [(b.start, len(b.volts)) for b in blocks] == [(0, 3), (3, 4), (7, 3)]
    assert np.array_equal(np.vstack([b.volts for b in blocks]), VOLTS)
    assert record.times(8) == pytest.approx([8e-6, 9e-6])


def test_missing_samples_are_nan():
    volts = VOLTS.copy()
    volts[4, 1] = np.nan
    [block] = Record("r", "stationary", volts, 1e-6).blocks()
    assert np.argwhere(block.missing).tolist() == [[4, 1]]


def test_states_come_by_unit_and_nominal_gain():
    channels = (Channel("B", 1, volt=2.0, offset=1.0), Channel("A", 0, volt=0.5))
    measured = Measurement(channels, (Record("r", "stationary", VOLTS, 1.0),))
    assert measured.units == (0, 1)
    assert measured.in_units([[5.0, 1.0]]).tolist() == [[2.0, 2.0]]
    assert measured.record("r").n_samples == 10
    assert measured.of_kind("switched") == ()
    for wrong in (lambda: measured.record("q"), lambda: measured.channel_of(7)):
        with pytest.raises(DataError):
            wrong()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "other"}, "choose one of"),
        ({"table": np.zeros(3)}, "expected"),
        ({"interval": 0.0}, "above 0"),
        ({"t0": np.inf}, "finite"),
        ({"segments": (3, 3)}, "together"),
        ({"kind": "switched"}, "switched on"),
        ({"switched_on": 1.0}, "stationary"),
        ({"clamped": (0.0, 0.0)}, "calibration"),
    ],
)
def test_what_cannot_be_a_record_is_refused_in_a_sentence(settings, words):
    given = {"name": "r", "kind": "stationary", "table": VOLTS, "interval": 1.0} | settings
    with pytest.raises(DataError, match=words):
        Record(**given)


def test_a_measurement_has_each_name_and_unit_once():
    record = Record("r", "stationary", VOLTS, 1.0)
    for channels in (
        (Channel("A", 0), Channel("B", 0)),
        (Channel("A", 0), Channel("A", 1)),
        (Channel("A", 0),),
    ):
        with pytest.raises(DataError):
            Measurement(channels, (record,))
    with pytest.raises(DataError, match="two records"):
        Measurement((Channel("A", 0), Channel("B")), (record, record))
