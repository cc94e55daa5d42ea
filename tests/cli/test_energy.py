"""Studies of kinds energy and storage: a study that is judged, and bad input in one sentence."""

import pytest

from tests.study.kinds.test_energy import PRICES
from tests.study.kinds.test_energy import STUDY as LEDGER
from tests.study.kinds.test_storage import STUDY as BITS


def test_a_storage_study_is_judged_and_gets_its_page(cli, tmp_path):
    (tmp_path / "tiny.toml").write_text(BITS.replace("control = 0.1", "control = 1.1"))
    answer = cli("run", "tiny.toml", "--json")
    assert answer.status == 1  # a control can't lose more than everything
    assert answer.json["passed"] is False
    assert (tmp_path / "runs" / "tiny" / "report.html").is_file()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LEDGER, "the price 'readout' is missing; add [prices.readout]"),
        (LEDGER + PRICES.replace("J/weight", "J"), "give it in 'J/weight'"),
        ((LEDGER + PRICES).replace("halved", "halves"), "did you mean 'halved'?"),
        (BITS.replace("bits = ", "bit = "), "did you mean 'bits'?"),
        ("", "curves is missing"),
    ],
)
def test_bad_input_is_one_sentence(cli, tmp_path, text, says):
    (tmp_path / "tiny.toml").write_text(text or 'kind = "storage"\nname = "tiny"\n')
    answer = cli("run", "tiny.toml")
    assert answer.status == 2
    assert says in answer.complaint
