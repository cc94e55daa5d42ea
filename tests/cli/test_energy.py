"""The verbs energy and storage: a study that is judged, and bad input in one sentence."""

import pytest

from tests.study.test_energy import PRICES
from tests.study.test_energy import STUDY as LEDGER
from tests.study.test_storage import STUDY as BITS


def test_a_storage_study_is_judged_and_gets_its_page(cli, tmp_path):
    (tmp_path / "tiny.toml").write_text(BITS.replace("control = 0.1", "control = 1.1"))
    answer = cli("storage", "tiny.toml", "--json")
    assert answer.status == 1  # a control can't lose more than everything
    assert answer.json["passed"] is False
    assert (tmp_path / "runs" / "tiny" / "report.html").is_file()


@pytest.mark.parametrize(
    ("verb", "text", "says"),
    [
        ("energy", LEDGER, "the price 'readout' is missing; add [prices.readout]"),
        ("energy", LEDGER + PRICES.replace("J/weight", "J"), "give it in 'J/weight'"),
        ("energy", (LEDGER + PRICES).replace("halved", "halves"), "did you mean 'halved'?"),
        ("storage", BITS.replace("bits = ", "bit = "), "did you mean 'bits'?"),
        ("storage", "", "curves is missing"),
    ],
)
def test_bad_input_is_one_sentence(cli, tmp_path, verb, text, says):
    (tmp_path / "tiny.toml").write_text(text or 'name = "tiny"\n')
    answer = cli(verb, "tiny.toml")
    assert answer.status == 2
    assert says in answer.complaint
