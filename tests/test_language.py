"""Words that the project has retired are in no name, message or page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    *(ROOT / "hwkit").rglob("*.py"),
    *(ROOT / "hwkit").rglob("*.j2"),
    *(ROOT / "hwkit").rglob("*.toml"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "sims").glob("*.toml"),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]
# Laws of physics, which stay laws.
PHYSICAL = re.compile(
    r"power[ _]law|Pelgrom's law|Kirchhoff's law|\blaws? of (parts|devices|physics|each)|"
    r"onsite law|unit_laws|hwkit[./](netlist|energy)[./]laws|our laws|law, v_ab|their law|"
    r"the law of (each|a simulator)|any law|two laws|this law|device's law"
)
PHYSICS = {  # modules about what parts do
    "hwkit/netlist/unit_laws.py", "hwkit/netlist/laws.py", "hwkit/energy/laws.py",
    "hwkit/netlist/extract.py", "hwkit/netlist/extract_inductive.py", "hwkit/netlist/veriloga.py",
    "hwkit/netlist/held.py", "hwkit/circuit/parts.py", "hwkit/spice/sweep.py",
    "hwkit/twin/expression.py", "hwkit/netlist/kicad_project/checks.py",
    "hwkit/spice/drift.py", "hwkit/fidelity/drift.py", "hwkit/validation/drift.py",
    "docs/choose-a-family.md",
}  # fmt: skip
RETIRED = {
    "held against": re.compile(r"\b[Hh](eld|olds?|olding)( [\w'-]+){0,4}\s+against\b"),
    "stands": re.compile(r"\bstands\b(?! for)"),
    "that there are": re.compile(r"\bthat there (is|are)\b"),
    "is no ...": re.compile(
        r"(?<!there )\bis no (text|element|number|statement|fault|metric|file)\b"
    ),
    "what is finished is there": re.compile(r"what is finished is"),
}
SEEDS = re.compile(  # names of seeds never change; and what older files call the level
    r'"law(_resolution)?": "distribution|get\("level"\) == "law"|'
    r'seed\(.*"law"|_starts\(.*"law"|f"law(-| at )'
)


def lines():
    for file in FILES:
        name = str(file.relative_to(ROOT))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            yield name, number, line


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_is_gone(word):
    generated = ("docs/validation.md",)
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, number, line in lines()
        if name not in generated and RETIRED[word].search(line)
    ]
    assert found == []


def test_a_law_is_one_of_physics():
    law = re.compile(r"\blaws?\b|_laws?_|_laws?\b|\bLaws?\b")
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, number, line in lines()
        if name not in PHYSICS
        and law.search(PHYSICAL.sub("", line))
        and not SEEDS.search(line)
        and name != "docs/validation.md"
    ]
    assert found == []


def test_control_the_patterns_see_what_they_should():
    assert RETIRED["held against"].search("Hold a circuit against the ideal machine")
    assert RETIRED["stands"].search("what stands behind it")
    assert not RETIRED["stands"].search("what it stands for")
    assert RETIRED["is no ..."].search("it is no text")
