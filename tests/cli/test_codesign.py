import pytest

STUDY = """
kind = "codesign"
name = "tiny"
[data]
classes = [0, 1]
[graph]
n_hidden = 2
[noising]
t_final = 0.5
dt = 5e-3
[boards]
fresh = 2
samples = 2
t_final = 0.1
dt = 1e-2
[limits]
variant = "aware"
share = {share}
"""


@pytest.mark.parametrize(("share", "status"), [(0.0, 0), (1.0, 1)])
def test_a_study_is_judged_by_its_limits(cli, tmp_path, share, status):
    (tmp_path / "tiny.toml").write_text(STUDY.format(share=share))
    answer = cli("run", "tiny.toml", "--jobs", 1, "--json")
    assert answer.status == status
    assert answer.json["passed"] == (status == 0)
    assert (tmp_path / "runs" / "tiny" / "report.html").is_file()
    assert (tmp_path / "runs" / "tiny" / "verdict.json").is_file()


def test_a_study_that_is_none_is_bad_input(cli, tmp_path):
    (tmp_path / "tiny.toml").write_text(STUDY.format(share=2.0))
    answer = cli("run", "tiny.toml")
    assert answer.status == 2
    assert "limits.share" in answer.complaint
