"""Results of an earlier run that fit no study, though their digests are right: one sentence."""

import pytest
import typer
from hwkit.cli.studies import run_study_verb

from hwkit import ConfigError, DataError, Verdict
from hwkit.cli.endings import over_earlier_results
from hwkit.manifest import MANIFEST


def misled(folder, announce):
    return {}["values"]


def test_what_goes_wrong_over_earlier_results_is_a_sentence(tmp_path):
    (tmp_path / MANIFEST).touch()
    words = r"results of an earlier run in .* don't fit the study \(KeyError\); run it in another"
    with pytest.raises(DataError, match=words):
        run_study_verb("a", tmp_path, True, misled)
    with pytest.raises(DataError, match=words):  # the page reads results that the run does not
        run_study_verb(
            "a", tmp_path, True, lambda *_: Verdict(()), lambda folder: misled(folder, None)
        )


def test_in_a_new_folder_the_same_stays_a_bug(tmp_path):
    with pytest.raises(KeyError):
        run_study_verb("a", tmp_path, True, misled)


@pytest.mark.parametrize(
    "error", [ConfigError("as it is"), OSError(28, "full"), MemoryError(), typer.Exit(1)]
)
def test_what_has_an_answer_of_its_own_keeps_it(tmp_path, error):
    with pytest.raises(type(error)) as refusal, over_earlier_results(tmp_path):
        raise error
    assert refusal.value is error
