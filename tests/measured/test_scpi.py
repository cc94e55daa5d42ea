"""The driver over SCPI and a board on a local socket: good and bad manners."""

from dataclasses import replace

import numpy as np
import pytest

from hwkit.errors import ConfigError, InstrumentError
from hwkit.measured import (
    EmulatedCircuit,
    EmulatedConverter,
    EmulatedInstrument,
    Request,
    ScpiInstrument,
    SocketResource,
    ask,
    ask_block,
    measure,
)
from hwkit.measured import scpi as driver
from tests.machines import springs
from tests.measured.scpi_server import serving

US = 1e-6
REQUESTS = (
    Request("ground", "calibration", 12, 0.1 * US),
    Request("run", "stationary", 300, 0.1 * US),
    Request("on", "switched", 20, 0.1 * US, restarts=4, switched_on=US),
)


def board(seed=3):
    converter = EmulatedConverter(span=(-0.5, 0.5), bits=12)
    return EmulatedInstrument(EmulatedCircuit(springs(kT=0.02), dt=0.05), converter, seed)


@pytest.fixture
def connected(request):
    """A driver of a board with some manners, and the board behind it."""
    manners = getattr(request, "param", {})
    with (
        serving(board(), **manners) as (port, scpi),
        SocketResource("127.0.0.1", port, 60.0) as resource,
    ):
        yield resource, scpi


MANNERS = [{}, {"piece": 7}, {"piece": 1}, {"bare": True, "piece": 50}, {"polls": 3}]


@pytest.mark.parametrize("connected", MANNERS, indirect=True, ids=str)
def test_records_over_the_socket_are_those_of_the_board(connected, monkeypatch):
    monkeypatch.setattr(driver, "_CHUNK", 128)  # several blocks a channel
    instrument = ScpiInstrument(connected[0])
    instrument.program(springs())
    instrument.set_noise(0.02)
    there, here = measure(instrument, REQUESTS), measure(board(), REQUESTS)
    assert there.channels == here.channels
    for one, other in zip(there.records, here.records, strict=True):
        assert np.allclose(one.read(), other.read(), atol=1e-12)
        for name in ("kind", "interval", "segments", "switched_on", "clamped"):
            assert getattr(one, name) == getattr(other, name)


def test_numbers_of_numpy_are_sent_as_numbers(connected):
    resource, scpi = connected
    instrument = ScpiInstrument(resource)
    instrument.set_noise(np.float64(0.02))
    instrument.start(replace(REQUESTS[2], interval=np.float64(1e-7), switched_on=np.float64(1e-6)))
    assert {"NOIS:LEV 0.02", "ACQ:INT 1e-07", "ACQ:SWIT 1e-06"} <= set(scpi.commands)


@pytest.mark.parametrize("connected", [{"range": 0.04}], indirect=True)
def test_overloaded_samples_are_missing_and_counted(connected):
    [record] = measure(ScpiInstrument(connected[0]), REQUESTS[1:2]).records
    there = measure(board(), REQUESTS[1:2]).records[0].read()
    over = np.abs(there) > 0.04
    assert 0 < over.sum() < over.size
    assert record.over_range == tuple(over.sum(axis=0))
    assert np.array_equal(np.isnan(record.read()), over)


BLOCK = b"#12ab\n"


@pytest.mark.parametrize(
    ("connected", "words"),
    [
        ({"mute": ["CHAN:COUN?"]}, "did not answer to CHAN:COUN\\? in time"),
        ({"wrong": {"CHAN:COUN?": b"three\n"}}, "not 1 numbers"),
        ({"wrong": {"CHAN:CONF?": b"0,1\n"}}, "not 5 numbers"),
        ({"wrong": {"CHAN:COUN?": b"hang up"}}, "closed the connection"),
        ({"wrong": {"CHAN:COUN?": b"\xff\n"}}, "CHAN:COUN"),
        ({"mute": ["TRAC:DATA?"]}, "TRAC:DATA\\? in time"),
        ({"wrong": {"TRAC:DATA?": b"#14ab"}}, "in time"),
        ({"wrong": {"TRAC:DATA?": BLOCK}}, "2 bytes for 12 samples"),
        ({"wrong": {"TRAC:DATA?": b"#12abcd\n"}}, "goes on behind its block"),
        ({"wrong": {"TRAC:DATA?": b"#0ab\n"}}, "not a block of known length"),
        ({"wrong": {"TRAC:DATA?": b"1,2,3\n"}}, "not a block"),
        ({"wrong": {"TRAC:DATA?": b"#2xxab\n"}}, "block of b'xx' bytes"),
        ({"wrong": {"SYST:ERR?": b'-222,"Data out of range"\n'}}, "refused ACQ:KIND CAL: -222"),
        ({"wrong": {"ACQ:STAT?": b"FAIL\n"}}, "failed on the board"),
        ({"wrong": {"ACQ:STAT?": b"RUN\n"}}, "allow more patience"),
    ],
    indirect=["connected"],
)
def test_what_goes_wrong_is_said_in_a_sentence(connected, words, monkeypatch):
    resource, _ = connected
    if "in time" in words:
        resource._socket.settimeout(0.3)
    with pytest.raises(InstrumentError, match=words) as caught:
        measure(ScpiInstrument(resource, patience=0.1), REQUESTS[:1])
    assert "\n" not in str(caught.value)


def test_the_boards_refusals_reach_the_user(connected):
    resource, scpi = connected
    instrument = ScpiInstrument(resource)
    request = replace(REQUESTS[1], n_samples=10**8)
    instrument.start(request)
    with pytest.raises(InstrumentError, match="fewer samples"):
        instrument.read()
    with pytest.raises(ConfigError, match="call start"):
        instrument.read()
    resource.write("NO:SUCH 1")
    assert "Undefined header" in ask(resource, "SYST:ERR?")
    assert "NO:SUCH 1" in scpi.commands


def test_no_connection_is_a_sentence():
    with pytest.raises(InstrumentError, match="can't be reached"):
        SocketResource("127.0.0.1", 1, timeout=1.0)


class Scripted:
    """A resource in the manner of PyVISA: a message is returned in parts."""

    def __init__(self, *parts):
        self.parts = list(parts)

    def write(self, message):
        self.message = message

    def read_raw(self):
        if not self.parts:
            raise OSError("VI_ERROR_TMO: timeout expired")  # as PyVISA's own error reads
        return self.parts.pop(0)


@pytest.mark.parametrize(
    "parts",
    [
        [b"#3005a\nb\nc\n"],
        [b"#", b"3", b"00", b"5a\n", b"b\n", b"c", b"\n"],
        [b"\n", b"\r\n#3005a\nb\nc"],
    ],
)
def test_blocks_arrive_in_any_parts(parts):
    assert ask_block(Scripted(*parts), "CURV?") == b"a\nb\nc"


def test_errors_of_any_resource_become_one_sentence():
    with pytest.raises(InstrumentError, match="can't be reached to CURV\\?: VI_ERROR_TMO"):
        ask_block(Scripted(b"#3"), "CURV?")
