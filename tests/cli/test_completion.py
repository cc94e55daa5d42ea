"""The shells complete verbs, options and values: bash is run, the others' scripts are read."""

import subprocess

import pytest
from typer.testing import CliRunner

from hwkit.cli import VERBS, app

ASK = """
eval "$SCRIPT"
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
_hwkit
echo "${COMPREPLY[@]}"
complete -p hwkit
"""


@pytest.fixture(scope="module")
def script():
    run = CliRunner()
    return {
        shell: run.invoke(app, ["completion", shell]).stdout for shell in ("bash", "zsh", "fish")
    }


def completed(script, *words):
    """What bash completes the last word to."""
    done = subprocess.run(
        ["bash", "--norc", "-c", ASK, "bash", *words],
        env={"SCRIPT": script, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    found, how = done.stdout.splitlines()
    assert how == "complete -o default -F _hwkit hwkit"  # names of files where there are no words
    return set(found.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["hwkit", "va"], {"validate"}),
        (["hwkit", ""], {example.split()[0] for _, example in VERBS}),
        (["hwkit", "--v"], {"--version"}),
        (["hwkit", "validate", "m.npz", "--le"], {"--level"}),
        (["hwkit", "validate", "m.npz", "--level", ""], {"full", "mixed", "reference"}),
        (["hwkit", "simulate", "--level", ""], {"full", "mixed"}),
        (["hwkit", "compile", "m.npz", "--dialect", "l"], {"ltspice"}),
        (["hwkit", "new", "st"], {"storage"}),
        (["hwkit", "completion", ""], {"bash", "zsh", "fish"}),
        (["hwkit", "run", "sims/dig"], set()),
    ],
)
def test_bash_completes(script, words, expected):
    assert completed(script["bash"], *words) == expected


def test_zsh_takes_the_script_of_bash(script):
    assert "bashcompinit" in script["zsh"]
    assert script["zsh"].partition("_hwkit()")[2] == script["bash"].partition("_hwkit()")[2]


def test_fish_knows_every_verb_and_its_options(script):
    for _, example in VERBS:
        assert f"-n __fish_use_subcommand -f -a {example.split()[0]} -d '" in script["fish"]
    assert "seen_subcommand_from validate' -l level -x -a 'full mixed reference'" in script["fish"]
    assert "__fish_seen_subcommand_from validate' -s n\n" in script["fish"]
