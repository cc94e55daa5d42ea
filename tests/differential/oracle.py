"""Ask ngspice about a netlist as it is written, in a process of its own that may crash or hang."""

import contextlib
import multiprocessing
import os
import re
import resource
import shutil
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.differential.simulator import Simulator

_MEMORY = 2 << 30  # bytes that one netlist may take

Vectors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Step:
    """Commands, and the vectors that they must leave behind.

    Lines, if any, take the place of the question's, with the netlist read again.
    """

    commands: tuple[str, ...]
    wanted: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """ngspice can't do it; its last words."""

    reason: str


@dataclass(frozen=True)
class Question:
    """A netlist, lines to stand in front of its first, what to do, what `external` delivers, A."""

    text: str
    lines: tuple[str, ...]
    steps: tuple[Step, ...]
    external: float = 0.0


Answer = list[Vectors] | Refusal


def with_lines(text: str, lines: Sequence[str]) -> str:
    """Return a netlist with more elements, in front of its first: they change no other line.

    What follows `.end` is cut off: ngspice's shared library stops there, its program reads on.
    """
    rows = re.findall(r"[^\n]*\n|[^\n]+$", text)
    end = [row for row, line in enumerate(rows) if row and line.split()[:1] and _is_end(line)]
    rows = rows[: end[0] + 1] if end else rows
    place = 1
    while place < len(rows) and (not rows[place].strip() or rows[place].strip()[0] in "+*$;"):
        place += 1
    return "".join([*rows[:place], *(f"{line}\n" for line in lines), *rows[place:]])


def _is_end(line: str) -> bool:
    return line.split()[0].lower() == ".end"


class Oracle:
    """ngspice in a child process, a fork of it for each netlist."""

    def __init__(self, seconds: int = 5) -> None:
        context = multiprocessing.get_context("spawn")
        self._folder = tempfile.mkdtemp(prefix="differential-")
        self._pipe, other = context.Pipe()
        self._child = context.Process(target=_serve, args=(other, self._folder, seconds))
        self._child.daemon = True
        self._child.start()
        other.close()

    def ask(self, question: Question) -> Answer:
        """Return the vectors of each step, or why there are none."""
        self._pipe.send(question)
        answer: Answer = self._pipe.recv()
        return answer

    def close(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.join()
        self._pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Oracle":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _serve(pipe: Connection, folder: str, seconds: int) -> None:
    """Answer each question in a fork: options, models and damage of one netlist die with it."""
    simulator = Simulator(Path(folder))
    with contextlib.suppress(EOFError):
        while True:
            question: Question = pipe.recv()
            child = os.fork()
            if child == 0:
                signal.alarm(seconds)
                resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
                pipe.send(_answer(simulator, question))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status != 0:
                killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
                pipe.send(Refusal("takes too long" if killed else "crashes"))


def _answer(simulator: Simulator, question: Question) -> Answer:
    simulator.external = question.external
    simulator.load(with_lines(question.text, question.lines))
    answers = []
    for step in question.steps:
        if step.lines:
            simulator.command("remcirc")
            simulator.load(with_lines(question.text, step.lines))
        simulator.command("destroy all")  # an analysis that fails leaves none behind
        for command in step.commands:
            simulator.command(command)
        found = simulator.vectors()
        if simulator.dead:
            return Refusal(f"leaves: {_words(simulator.messages)}")
        missing = [name for name in step.wanted if name not in found]
        if missing:
            return Refusal(f"no {missing[0]}: {_words(simulator.messages)}")
        found["thermal_volt"] = np.array([simulator.thermal_volt()])
        answers.append(found)
    return answers


def _words(messages: Sequence[str]) -> str:
    """Return ngspice's first complaint and what follows it."""
    complaints = ("error", "fail", "singular", "unknown", "undefined")
    for k, message in enumerate(messages):
        if any(word in message.lower() for word in complaints):
            lines = [line.removeprefix("stderr ").strip() for line in messages[k : k + 4]]
            return " | ".join(line for line in lines if line)[:200]
    return "no complaint"
