"""The studies of sims/, made small: valid, whole, and the same bytes however they are run."""

import tomllib

import pytest

from hwkit.study import load_plan
from tests.hardening.shrunk import SIMS, shrunk, written

NAMES = sorted(path.stem for path in SIMS.glob("*.toml"))


def tables(content, place=()):
    """Places of all tables and lists of tables."""
    for name, value in content.items():
        if isinstance(value, dict):
            yield (*place, name)
            yield from tables(value, (*place, name))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield (*place, name, len(value))


@pytest.mark.parametrize("name", NAMES)
def test_a_study_made_small_keeps_all_its_tables(name, tmp_path):
    whole = tomllib.loads((SIMS / f"{name}.toml").read_text(encoding="utf-8"))
    small = shrunk(name)
    assert set(tables(whole)) <= set(tables(small))
    file = tmp_path / "small.toml"
    file.write_text(written(small), encoding="utf-8")
    assert tomllib.loads(file.read_text(encoding="utf-8")) == small
    load_plan(file)


@pytest.mark.study
@pytest.mark.parametrize("name", ["storage", "codesign-nominal"])
def test_a_study_that_is_killed_or_on_a_cluster_ends_with_the_same_bytes(name, tmp_path):
    distributed = pytest.importorskip("distributed")
    from tests.hardening.sims import try_study

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        found = try_study(name, tmp_path / name, cluster.scheduler_address, kills=3, seed=1)
    assert found.fine, found.line()
