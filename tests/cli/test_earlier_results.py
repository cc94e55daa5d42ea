"""Results of an earlier run that fit no study, though their digests are right: one sentence."""

import json
import shutil

import pytest
import typer

from hwkit import ConfigError, DataError
from hwkit.cli.endings import over_earlier_results
from hwkit.manifest import Digest, plan_digest, save_manifest
from hwkit.study import load_plan, run_study
from tests.study.kinds.test_storage import STUDY


def test_what_goes_wrong_over_earlier_results_is_a_sentence(tmp_path):
    words = r"results of an earlier run in .* don't fit the study \(KeyError\); run it in another"
    with pytest.raises(DataError, match=words), over_earlier_results(tmp_path):
        raise KeyError("values")


def sealed(folder):
    """List what a folder holds, as if hwkit had written it so."""
    outside = ("plan.json", "provenance.json", "report.html", "manifest.json")
    results = [file for file in folder.iterdir() if file.name not in outside]
    digest = plan_digest((folder / "plan.json").read_text())
    save_manifest(folder, digest, {file.name: Digest.of(file) for file in results})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a study that was run."""
    place = tmp_path_factory.mktemp("earlier")
    (place / "tiny.toml").write_text(STUDY)
    run_study(load_plan(place / "tiny.toml"), place / "tiny")
    return place / "tiny"


@pytest.mark.parametrize("content", [[], {"share": 3}, {"repeats": "a"}])
def test_forged_results_of_another_form_are_refused_by_run_and_report(
    cli, tmp_path, finished, content
):
    (tmp_path / "tiny.toml").write_text(STUDY)
    folder = tmp_path / "runs" / "tiny"
    shutil.copytree(finished, folder)
    assert cli("run", "tiny.toml").status in (0, 1)  # control: before it is forged
    for name in ("reference.json", "storage.json"):
        (folder / name).write_text(json.dumps(content))
    sealed(folder)
    for words in (("run", "tiny.toml"), ("report", "runs/tiny")):
        answer = cli(*words)
        assert answer.status == 2
        assert "is damaged" in answer.complaint


@pytest.mark.parametrize(
    "error", [ConfigError("as it is"), OSError(28, "full"), MemoryError(), typer.Exit(1)]
)
def test_what_has_an_answer_of_its_own_keeps_it(tmp_path, error):
    with pytest.raises(type(error)) as refusal, over_earlier_results(tmp_path):
        raise error
    assert refusal.value is error
