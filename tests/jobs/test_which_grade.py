"""The job of the manual's page "Which grade of parts?", from its own text.

Which resistor grade for 95 % yield at 25 and 85 °C, and at which cost? The page's commands run as
they are but for fewer boards; the full numbers take 112 s of processor time, these 40 s.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "which-grade.md"
SMALLER = (
    ("target = 0.95  ", "boards = 80\ntarget = 0.95  "),
    ("count = 400  ", "count = 80  "),
)
ANSWER = re.compile(
    r"For 95 % yield at 25 and 85 °C take resistors of (?P<percent>[\d.]+) % \((?P<kind>[^)]+)\), "
    r"for (?P<cost>[\d.]+) USD a board: (?P<yields>[\d.]+) % \([\d.]+ to [\d.]+ %\) of (?P<boards>"
    r"\d+) boards pass, with resistors of (?P<looser>[\d.]+) % .*"
)


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def commands(page):
    [block] = re.findall(r"^<!-- job -->\n```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return block


def test_the_job_takes_five_commands_at_most(commands):
    without_files = re.sub(r"<<'END'.*?^END$", "", commands, flags=re.MULTILINE | re.DOTALL)
    assert 0 < len(without_files.strip().splitlines()) <= 5


def test_the_answer_on_the_page_names_grade_cost_and_yield(page):
    shown = ANSWER.search(page)
    assert shown is not None
    assert float(shown["yields"]) >= 95
    assert int(shown["boards"]) == 400
    assert f"1,224   {shown['percent']} %, {shown['kind']}  " in page


@pytest.mark.study
def test_the_commands_print_that_very_sentence(commands, page, tmp_path):
    for full, small in SMALLER:
        assert commands.count(full) == 1
        commands = commands.replace(full, small)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = next(line for line in done.stdout.splitlines() if line.startswith("For 95 % yield"))
    found, shown = ANSWER.fullmatch(said), ANSWER.search(page)
    assert found is not None
    assert found["percent"] == shown["percent"]
    assert found["cost"] == shown["cost"]
    assert said in (tmp_path / "runs/which-grade/report.html").read_text("utf-8")
    facts = json.loads((tmp_path / "runs/which-grade/tolerance.json").read_text())
    assert facts["sentence"] == said
    assert facts["grades"]["groups"][0]["looser"]["yield"]["low"] < 0.95  # the negative control
