"""A board on a local socket: plays an emulated one, with the manners of real ones if asked for."""

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

import numpy as np

from hwkit.errors import HwkitError
from hwkit.measured import EmulatedInstrument, Request
from hwkit.measured.scpi import OVERLOAD

KINDS = {"CAL": "calibration", "STAT": "stationary", "SWIT": "switched"}


class ScpiBoard:
    """Answers the commands of `hwkit.measured.scpi` for one connection at a time.

    `piece`: bytes that are sent at a time; `mute`: queries that are never answered; `wrong`:
    queries with a given answer; `polls`: how often a record is not ready yet; `range`: volts from
    which a sample is overloaded; `bare`: no line feed behind blocks.
    """

    def __init__(self, board, **manners):
        self.board: EmulatedInstrument = board
        self.piece = manners.get("piece")
        self.mute = manners.get("mute", ())
        self.wrong = manners.get("wrong", {})
        self.polls = manners.get("polls", 0)
        self.range = manners.get("range", np.inf)
        self.bare = manners.get("bare", False)
        self.commands = []
        self.errors, self.settings, self.record, self.left = [], {}, None, 0
        n = len(board.channels)
        self.J, self.b = np.zeros((n, n)), np.zeros(n)

    def answer(self, line):
        """Return the bytes that answer a line; None if none do."""
        self.commands.append(line)
        head, _, words = line.partition(" ")
        if head in self.mute:
            return None
        if head in self.wrong:
            return self.wrong[head]
        try:
            method = self.ASK.get(head) if head.endswith("?") else self.SET.get(head)
            if method is None:
                raise ValueError('-113,"Undefined header"')
            found = method(self, *words.split(",")) if words else method(self)
        except (ValueError, TypeError, HwkitError) as error:
            self.errors.append(str(error) if str(error)[:1] == "-" else f'-222,"{error}"')
            return b"\n" if head.endswith("?") else None
        return found if isinstance(found, bytes) or found is None else f"{found}\n".encode()

    def error(self):
        return self.errors.pop(0) if self.errors else '0,"No error"'

    def configuration(self, k):
        c = self.board.channels[int(k) - 1]
        return f"{c.unit},{c.volt!r},{c.offset!r},{c.span[0]!r},{c.span[1]!r}"

    def couplings(self, unit, *row):
        self.J[int(unit)] = [float(word) for word in row]

    def biases(self, *words):
        self.b = np.array([float(word) for word in words])
        model = replace(self.board._circuit.model, J=self.J.copy(), b=self.b)
        self.board.program(model)

    def noise(self, word):
        self.board.set_noise(float(word))

    def initiate(self):
        given = self.settings
        switched, kind = given["KIND"][0] == "SWIT", KINDS[given["KIND"][0]]
        request = Request(
            "run", kind, int(given["POIN"][0]), float(given["INT"][0]), int(given["REST"][0]),
            float(given["SWIT"][0]) if switched else None,
            tuple(map(float, given["CLAM"])) if kind == "calibration" else (),
        )  # fmt: skip
        self.board.start(request)
        self.record, self.left = None, self.polls

    def state(self):
        if self.left > 0:
            self.left -= 1
            return "RUN"
        if self.record is None:
            try:
                self.record = self.board.read()
            except HwkitError as error:
                self.errors.append(f'-200,"{error}"')
                return "FAIL"
        return "DONE"

    def scale(self, _):
        low, high = self.board.channels[0].span
        return f"{(high - low) / 2**12!r},{low!r}"

    def data(self, k, first, count):
        volts = self.record.read(int(first), int(first) + int(count))[:, int(k) - 1]
        low, high = self.board.channels[0].span
        codes = np.rint((volts - low) / ((high - low) / 2**12)).astype("<u2")
        codes[np.abs(volts) > self.range] = OVERLOAD
        size = str(2 * len(codes)).encode()
        block = b"#%d%s" % (len(size), size) + codes.tobytes()
        return block if self.bare else block + b"\n"

    ASK: ClassVar = {
        "SYST:ERR?": error,
        "CHAN:COUN?": lambda self: len(self.board.channels),
        "CHAN:CONF?": configuration,
        "ACQ:INT?": lambda self: self.settings["INT"][0],
        "ACQ:STAT?": state,
        "TRAC:SCAL?": scale,
        "TRAC:DATA?": data,
    }
    SET: ClassVar = {
        "PROG:COUP": couplings, "PROG:BIAS": biases, "NOIS:LEV": noise, "INIT": initiate,
        **{
            f"ACQ:{name}": lambda self, *words, name=name: self.settings.update({name: words})
            for name in ("KIND", "POIN", "REST", "INT", "SWIT", "CLAM")
        },
    }  # fmt: skip


@contextmanager
def serving(board, **manners):
    """Yield a board's port and the board, served by a thread until the block ends."""
    scpi = ScpiBoard(board, **manners)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, scpi), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], scpi
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _serve(listener, scpi):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as lines:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for line in lines:
                answer = scpi.answer(line.decode().strip())
                if answer == b"hang up":
                    break
                size = scpi.piece or len(answer or b"") or 1
                for start in range(0, len(answer or b""), size):
                    connection.sendall(answer[start : start + size])
