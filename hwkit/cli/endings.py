"""How a command ends when it does not end well: one sentence and an exit status.

Interrupted by Ctrl-C 130, by SIGTERM 143; 141 without a message when the reader closed the pipe
(`| head`), as shells have it. Workers and simulators end with the command; files appear whole or
not at all.
"""

import errno
import logging
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import typer

from hwkit.cli.output import emit
from hwkit.errors import ConfigError, DataError, HwkitError
from hwkit.files import is_full

INTERRUPTED, UNREAD, TERMINATED = 130, 141, 143

_LONGEST = 1000  # characters of a message: what it quotes from a file may be of any length


@contextmanager
def resumable(folder: Path, as_json: bool) -> Iterator[None]:
    """Say, if the block is interrupted, where its results are and how to go on."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit):
            raise
        text = f"hwkit: stopped; finished stages are in {folder}; rerun the command to resume"
        with suppress(OSError):  # Ctrl-C ends the other programs of a pipe, too
            if as_json:
                emit(True, {"interrupted": True, "folder": str(folder)}, "")
            else:
                print(text, file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def over_earlier_results(folder: Path) -> Iterator[None]:
    """Have what goes wrong over results of an earlier run end in one sentence.

    Their digests show damage, not that hwkit wrote them: whoever made the folder may have written
    anything, and results that fit no study fail in more ways than can be listed.

    Raises:
        DataError: if the block ends in an error that a user can't cause otherwise.
    """
    try:
        yield
    except (HwkitError, OSError, MemoryError, typer.Exit, typer.Abort):
        raise
    except Exception as error:
        raise DataError(
            f"the results of an earlier run in {folder} don't fit the study "
            f"({type(error).__name__}); run it in another folder, and report it if that fails too"
        ) from error


def end_on_sigterm() -> None:
    """Have SIGTERM end the process through its `finally` blocks rather than on the spot."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    signal.signal(signal.SIGTERM, leave)


class _Notes(logging.Handler):
    """Says on standard error what hwkit notes beside its answer, such as a damaged result."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            print(f"hwkit: {record.getMessage()}", file=sys.stderr, flush=True)


def print_warnings() -> None:
    """Have what hwkit's functions warn of printed in the form of its other sentences."""
    logging.getLogger("hwkit").handlers = [_Notes(logging.WARNING)]


def refusal(error: OSError) -> ConfigError | None:
    """Return what the system refused as an error of the user's, if it is one."""
    if not (is_full(error) or isinstance(error, PermissionError)):
        return None
    where = error.filename or "standard output or a temporary file"
    return ConfigError(f"{where} can't be written: {error.strerror}; free space or name another")


def check_working_folder() -> None:
    """Refuse to start in a folder that is gone: no relative path means anything there.

    Raises:
        ConfigError: if the working folder was removed.
    """
    try:
        os.getcwd()
    except OSError as error:
        raise ConfigError(
            "the folder you are in was removed, or can't be reached; change to another"
        ) from error


def print_notes(error: Exception) -> None:
    """Print what belongs to an error beside its sentence, such as a worker's traceback."""
    for note in getattr(error, "__notes__", ()):
        with suppress(OSError):
            print(note, file=sys.stderr)


def reader_left(error: OSError) -> bool:
    """Say whether a write failed because nobody reads standard output or error any more."""
    if error.errno != errno.EPIPE:
        return False
    streams = select.poll()
    for number in (1, 2):
        streams.register(number, 0)  # errors and hang-ups are always told
    return bool(streams.poll(0))


def replace_closed_streams() -> None:
    """Put something in the place of streams that the caller closed: Python has None there."""
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def drop_output() -> None:
    """Drop what the standard streams hold and can't write any more, or Python ends with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def reword(error: Any) -> None:
    """Put a wrong value of an option in our words where typer passes on those of pydantic."""
    from pydantic import ValidationError  # only when something is wrong: it takes its time

    from hwkit.settings.problems import demand

    if isinstance(error.__cause__, ValidationError):
        problem = error.__cause__.errors()[0]
        if problem["type"] == "value_error":
            error.message = str(problem["ctx"]["error"])
        else:
            error.message = f"{problem['input']}; {demand(problem)}"


def shortened(message: str) -> str:
    """Return a message of one line without its middle if it is very long."""
    if len(message) <= _LONGEST or "\n" in message:
        return message
    half = _LONGEST // 2
    return f"{message[:half]} ... {message[-half:]}"
