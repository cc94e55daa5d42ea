"""Run folders and pages of the digits machine, as its tolerance studies leave them."""

from pathlib import Path

import pytest

from hwkit.explore import stills
from hwkit.explore.silicon import ABSENT
from hwkit.explore.subjects import Subject, subject_of_run
from hwkit.explore.writing import write_page
from hwkit.study import load_plan
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.tolerance.study import trained_model
from tests.cli.conftest import cli
from tests.explore.bench_page import BenchPage
from tests.explore.measured import measured_bench
from tests.report.browser import WIDE, browser

__all__ = ["cli"]

SIMS = Path(__file__).parents[2] / "sims"


def made_run(folder, study):
    """A run folder that holds the trained machine of a study."""
    plan = load_plan(SIMS / study)
    with RunFolder.of(plan, folder) as run:
        trained_model(plan, run)
    return folder


@pytest.fixture(scope="session")
def rc_run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("explore") / "rc", "tolerance.toml")


@pytest.fixture(scope="session")
def resistive_run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("explore") / "resistive", "tolerance-resistive.toml")


def made_page(run):
    """Write the page of a run folder; two boards are enough for its sentence."""
    subject = subject_of_run(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stills, "_BOARDS", 2)
        write_page(subject, run / "bench.html")
    return subject, run / "bench.html"


@pytest.fixture(scope="session")
def rc_page(rc_run):
    return made_page(rc_run)


@pytest.fixture(scope="session")
def measured_page(tmp_path_factory):
    """A page of transistor boards, of curves that no simulator has measured."""
    subject = Subject("silicon", measured_bench(12, samples=16), ABSENT)
    path = tmp_path_factory.mktemp("explore") / "silicon.html"
    write_page(subject, path)
    return subject, path


@pytest.fixture(scope="session")
def resistive_page(resistive_run):
    return made_page(resistive_run)


@pytest.fixture(scope="module")
def page():
    """A page of a browser that the tests of a file share."""
    with browser() as opened:
        yield BenchPage(opened)


@pytest.fixture(scope="module")
def rc(rc_page):
    """The page of the transconductor machine, at rest, in a browser that stays there."""
    with browser() as opened:
        there = BenchPage(opened).open(rc_page[1], WIDE)
        there.quiet()
        yield there
