"""How a driver talks to an instrument: lines and blocks over any resource of PyVISA, or a socket.

A definite-length block (IEEE 488.2, section 8.7.9) is "#", a digit d, d digits that give the number
of bytes, then the bytes. One call of `read_raw` may return a part of an answer, since a resource
may stop at a line feed inside the bytes, at the end of its buffer or of a packet.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self

from hwkit.errors import InstrumentError

_MOST_LINE = 1 << 20  # bytes
_CHUNK = 1 << 16
_ENDS = b"\r\n"  # of the answer before; some instruments send none behind a block


class Resource(Protocol):
    """What a driver needs of a resource; those of PyVISA have it."""

    def write(self, message: str, /) -> object:
        """Send a line."""
        ...

    def read_raw(self) -> bytes:
        """Wait for bytes of the answer and return them."""
        ...


class SocketResource:
    """A resource on a TCP socket, for instruments that listen on one (often port 5025).

    Its methods raise the system's own errors, as those of PyVISA do; `tell`, `ask` and `ask_block`
    make sentences of them.

    Args:
        host, port: of the instrument.
        timeout: seconds to wait for an answer.

    Raises:
        InstrumentError: if there is no connection.
    """

    def __init__(self, host: str, port: int, timeout: float = 10.0) -> None:
        with _talking(f"the instrument at {host}:{port}"):
            self._socket = socket.create_connection((host, port), timeout)

    def write(self, message: str) -> None:
        """Send a line; a line feed is added."""
        self._socket.sendall(message.encode("ascii") + b"\n")

    def read_raw(self) -> bytes:
        """Return the bytes that have arrived, at least one."""
        data = self._socket.recv(_CHUNK)
        if not data:
            raise InstrumentError("the instrument closed the connection; connect again")
        return data

    def query(self, message: str) -> str:
        """Send a line and return the line that answers it."""
        return ask(self, message)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def tell(resource: Resource, message: str) -> None:
    """Send a line that has no answer.

    Raises:
        InstrumentError: if it can't be sent.
    """
    with _talking("the instrument", message):
        resource.write(message)


def ask(resource: Resource, message: str) -> str:
    """Send a query and return the line that answers it.

    Raises:
        InstrumentError: if there is no answer, or none that is a line of text.
    """
    with _talking("the instrument", message):
        resource.write(message)
        data = resource.read_raw().lstrip(_ENDS)
        while not data.endswith(b"\n"):
            if len(data) > _MOST_LINE:
                raise InstrumentError(f"the answer to {message} has no end; is it a block of data?")
            data = (data + resource.read_raw()).lstrip(_ENDS)
        return data.decode("ascii").strip()


def ask_block(resource: Resource, message: str) -> bytes:
    """Send a query and return the bytes of the block that answers it.

    Raises:
        InstrumentError: if there is no answer, or it is not a block.
    """
    with _talking("the instrument", message):
        resource.write(message)
        data = resource.read_raw().lstrip(_ENDS)
        while (extent := _extent(data, message)) is None or len(data) < extent[1]:
            data = data + resource.read_raw() if data else resource.read_raw().lstrip(_ENDS)
        begin, end = extent
        if data[end:].strip(_ENDS):
            raise InstrumentError(
                f"the answer to {message} goes on behind its block of {end - begin} bytes; reset "
                "the instrument and connect again"
            )
        return data[begin:end]


def _extent(data: bytes, message: str) -> tuple[int, int] | None:
    """Return where a block's bytes begin and end; None if its head has not arrived."""
    if len(data) < 2 and b"#".startswith(data):
        return None
    if data[:1] != b"#" or not data[1:2].isdigit() or data[1:2] == b"0":
        raise InstrumentError(
            f"the answer to {message} is {data[:40]!r}, not a block of known length (IEEE 488.2)"
        )
    n_digits = int(data[1:2])
    digits = data[2 : 2 + n_digits]
    if len(data) < 2 + n_digits:
        return None
    if not digits.isdigit():
        raise InstrumentError(f"the answer to {message} is a block of {digits!r} bytes")
    return 2 + n_digits, 2 + n_digits + int(digits)


@contextmanager
def _talking(name: str, message: str = "") -> Iterator[None]:
    """Turn what a resource raises into one sentence: a socket's errors, PyVISA's, any other's."""
    about = f" to {message.partition(' ')[0]}" if message else ""
    try:
        yield
    except InstrumentError:
        raise
    except TimeoutError as error:
        raise InstrumentError(
            f"{name} did not answer{about} in time; check that it is idle, or allow more time"
        ) from error
    except Exception as error:
        raise InstrumentError(f"{name} can't be reached{about}: {error}") from error
