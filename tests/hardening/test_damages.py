"""Damages of a run folder, a few of those that `tests.hardening.damages` tries."""

import pytest

from hwkit.study import folder as folders
from tests.hardening.damages import KINDS, damages, races


def test_damages_are_told_or_change_nothing(tmp_path):
    found = damages(18, 3, tmp_path)
    assert [one for one in found if one.wrong] == []
    assert len({one.kind for one in found}) == len(KINDS)
    assert sum(one.told != "" for one in found) > 8


def test_the_campaign_notices_a_folder_that_does_not_check(tmp_path, monkeypatch):
    """The control: results are taken as they lie there."""
    monkeypatch.setattr(folders, "is_intact", lambda path, digest: path.exists())
    assert [one for one in damages(9, 3, tmp_path) if one.wrong]


@pytest.mark.study
def test_a_thousand_damages(tmp_path):
    assert [one for one in damages(1000, 1, tmp_path) if one.wrong] == []


@pytest.mark.study
def test_two_processes_on_one_folder(tmp_path):
    found = races(50, 1, tmp_path)
    assert [problem for _, problem in found if problem] == []
    assert len({how for how, _ in found}) > 1  # control: they met at different moments
