"""ngspice answers questions: python -m tests.differential.server FOLDER CONNECTION SECONDS.

A process that holds little, since questions are answered in forks of it: options and damage of one
netlist die with its fork.
"""

import os
import re
import resource
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from tests.differential.questions import Answer, Question, Refusal
from tests.differential.simulator import Simulator

_MEMORY = 2 << 30  # bytes that one netlist may take
_GONE = 3  # exit status of a fork without anyone to answer
# Statements and options that die with their netlist; others, such as cshunt, may outlive it.
_STATEMENTS = frozenset(
    f".{word}"
    for word in (
        "param", "params", "subckt", "ends", "end", "model", "tran", "op", "ic", "save", "print",
        "func", "title", "temp",
    )
)  # fmt: skip
_OPTION = re.compile(r"(gmin|trtol|maxord|reltol|temp|tnom)\s*=\s*[-+.\w]+")


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


def _serve(pipe: Connection, folder: str, seconds: int) -> None:
    """Answer questions until the other end is gone, in forks that end when they may be soiled."""
    simulator = Simulator(Path(folder))
    simulator.load("warm\nV1 a 0 1\nR1 a 0 1\n.end\n")
    for command in ("op", "ac lin 1 1 1", "tran 1 2", "destroy all", "remcirc"):
        simulator.command(command)
    while True:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            os._exit(_work(simulator, pipe, seconds))
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _GONE:
            return
        if status != 0:
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
            pipe.send(Refusal("takes too long" if killed else "crashes"))


def _work(simulator: Simulator, pipe: Connection, seconds: int) -> int:
    """Answer questions as long as none leaves anything behind."""
    while True:
        try:
            question: Question = pipe.recv()
        except EOFError:
            return _GONE
        signal.alarm(seconds)
        answer = _answer(simulator, question)
        signal.alarm(0)  # or it rings while nothing is asked, and one answer too many is sent
        pipe.send(answer)
        if isinstance(answer, Refusal) or _soils(question.text):
            return 0
        for command in ("destroy all", "remcirc", "delete all"):
            simulator.command(command)


def _soils(text: str) -> bool:
    """Say whether ngspice may remember something of a netlist."""
    for line in text.lower().splitlines()[1:]:
        word, _, rest = line.strip().partition(" ")
        if word in (".option", ".options"):
            if _OPTION.sub("", rest.partition(";")[0]).strip():
                return True
        elif word[:1] == "." and word not in _STATEMENTS:
            return True
    return False


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


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[2])), sys.argv[1], int(sys.argv[3]))
