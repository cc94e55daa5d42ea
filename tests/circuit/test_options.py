"""Options of a family as study files and the command line give them."""

from dataclasses import make_dataclass, replace

import pytest

from hwkit import DesignError
from hwkit.circuit import CELLS, cells, family_options


@pytest.mark.parametrize("kind", [float, "float", int, "int"])  # as text: postponed annotations
def test_numbers_may_be_text_whatever_the_annotation_is(monkeypatch, kind):
    options = make_dataclass("Options", [("gain", kind, 1), ("series", "str | None", None)])
    monkeypatch.setitem(cells.OWN_CELLS, "mine", replace(CELLS["rc"], name="mine", options=options))
    found = family_options("mine", {"gain": "3", "series": "12"})
    assert (found.gain, found.series) == (3.0, "12")
    with pytest.raises(DesignError, match="mine option gain is 'abc'; it must be a number"):
        family_options("mine", {"gain": "abc"})
