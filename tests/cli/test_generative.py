"""A generative study is judged and gets its page; bad input is told in one sentence."""

import pytest

STUDY = """
kind = "generative"
name = "tiny"
dt = 0.01
[data]
source = "digits"
[machine]
n_hidden = 16
[sweep]
times = [0.5]
samples = 4
dt = 0.02
"""


def test_a_study_is_judged_and_gets_its_page(cli, tmp_path):
    (tmp_path / "tiny.toml").write_text(STUDY)
    answer = cli("run", "tiny.toml", "--json")
    assert answer.status == 0
    names = [metric["name"] for metric in answer.json["metrics"]]
    assert "recognisable share, duration 0.5: repeat" in names
    assert (tmp_path / "runs" / "tiny" / "report.html").is_file()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("samples = ", "sample = "), "did you mean 'samples'?"),
        (('source = "digits"', 'source = "faces"'), "data.source"),
    ],
)
def test_bad_studies_are_refused(cli, tmp_path, change, says):
    (tmp_path / "bad.toml").write_text(STUDY.replace(*change))
    answer = cli("run", "bad.toml")
    assert answer.status == 2
    assert says in answer.complaint
