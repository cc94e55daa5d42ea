"""What a silicon study's bench is made of."""

import numpy as np
import pytest

import hwkit
from hwkit.explore.silicon import bench_of
from hwkit.explore.subjects import subject_of_run
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.silicon import KIND
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.wiener import child_seed

SMALL = {
    "name": "small",
    "seed": 3,
    "pictures": {"classes": [0, 7], "rows": 3, "columns": 2},
    "machine": {"n_pairs": 8},
    "comparison": {"t_final": 1.25, "samples": 10},
    "boards": {"count": 2, "factors": [2.0, 1.0], "samples": 4},
}


@pytest.mark.parametrize(
    "others",
    [{"comparison": {"level": "mixed"}}, {"machine": {"n_hidden": 27}}],
    ids=["level", "size"],
)
def test_boards_that_can_not_be_measured_are_refused(others):
    plan = SiliconPlan(**(SMALL | others))
    assert not KIND.has_bench(plan)
    with pytest.raises(hwkit.DesignError, match=r"at most 32 units at level 'full'"):
        bench_of(plan)


@pytest.mark.spice
@pytest.mark.study
def test_the_bench_of_a_run_has_the_boards_of_its_study(tmp_path):
    plan, stages = SiliconPlan(**SMALL), []
    with RunFolder.of(plan, tmp_path / "run"):
        pass

    def announce(stage):
        stages.append(stage)
        return lambda done, total: None

    subject = subject_of_run(tmp_path / "run", announce)
    bench = subject.bench
    assert stages == ["extraction and training", "units swept"]
    assert KIND.has_bench(plan)
    assert (bench.design.machine.n_units, bench.measured_boards, bench.paths) == (6, 2, 4)
    assert bench.boards_seed == child_seed(3, "fabrication")
    assert (bench.labels, bench.t_final, bench.dt) == (("0", "7"), 1.25, 1e-2)
    assert [c.name for c in bench.controls] == ["mismatch", "noise power"]
    assert (bench.mismatches, bench.controls[0].value) == ((1.0, 2.0), 1.0)
    states = np.random.default_rng(0).uniform(-1.2, 1.2, (50, 6))
    designed, *boards = (machine.force(states) for machine in bench.machines)
    apart = [np.sqrt(np.mean((each - designed) ** 2) / np.mean(designed**2)) for each in boards]
    assert all(0.01 < each < 0.3 for each in apart)
    assert np.all(np.array(apart[2:]) > 1.5 * np.array(apart[:2]))  # the same boards, twice as bad
