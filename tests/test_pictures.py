"""The pictures of the manual: made by one command, small, and said in words too."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.documents import SCRIPTS, script

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "assets" / "pictures"
CIRCUITS = [*(f"circuit-{family}" for family in ("rc", "resistive", "rlc", "spu"))]
CIRCUITS += ["board-unit", "board-copper"]
_SHOWN = re.compile(r"^!\[([^\]]*)\]\((?:docs/)?assets/pictures/([\w-]+)\.svg\)\n\n(.*)", re.M)


@pytest.fixture
def pictures(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    return script("pictures").PICTURES


def kept(name):
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CIRCUITS)
def test_the_circuits_of_the_families_are_as_drawn_now(name, pictures):
    assert pictures[name]() == kept(name)


@pytest.mark.study
@pytest.mark.parametrize(
    "name", ["forming", "spread", "levels", "bits", "ledger", "barriers", "causes", "budget"]
)
def test_the_other_pictures_are_made_again(name, pictures):
    assert pictures[name]() == kept(name)


def test_every_picture_is_made_by_the_command_and_small(pictures):
    sizes = {path.stem: path.stat().st_size for path in FOLDER.iterdir()}
    assert sizes.keys() == pictures.keys()
    assert max(sizes.values()) < 60_000
    assert sum(sizes.values()) < 400_000


def test_every_picture_is_shown_with_words_for_it(pictures):
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = [match for page in pages for match in _SHOWN.findall(page.read_text("utf-8"))]
    assert {name for _, name, _ in shown} == pictures.keys()
    for words, name, caption in shown:
        assert len(words.split()) > 8, name
        assert caption.startswith("*"), name


def test_a_picture_follows_light_and_dark_and_loads_nothing(pictures):
    for name in pictures:
        text = kept(name)
        ET.fromstring(text)
        assert "prefers-color-scheme:dark" in text
        assert "var(--ink)" in text
        assert not re.search(r'(?:href|src)="(?!#|data:)', text)


def test_digits_form_in_the_first_screen_of_the_readme():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    (place,) = [k for k, line in enumerate(lines) if "pictures/forming.svg" in line]
    assert place < 25
    assert any("you are" in line for line in lines[: place + 12])
