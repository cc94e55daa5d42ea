"""A Dask cluster that fails is told in a sentence."""

import pytest

from hwkit.cluster import Cluster, connect
from hwkit.errors import SimulationError

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

_REMEDY = "; the results so far are kept; run the same command again to resume"


@pytest.fixture
def cluster():
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as started,
        connect(started.scheduler_address) as client,
    ):
        yield Cluster(client)


class Lost:
    """A client whose connection fails."""

    def __init__(self, error):
        self.error = error

    def nthreads(self):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        distributed.comm.CommClosedError("in <TCP>: Stream is closed"),
        distributed.CancelledError("lost dependencies. Traceback\nmore"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_dask_raises_becomes_a_sentence(error):
    with pytest.raises(SimulationError, match=type(error).__name__) as failed:
        Cluster(Lost(error)).run("tests.worker_tasks:doubler", 0, [1], None, None, None)
    assert str(failed.value).endswith(_REMEDY)
    assert "\n" not in str(failed.value)


def test_errors_that_are_not_dasks_pass():
    with pytest.raises(ZeroDivisionError):
        Cluster(Lost(ZeroDivisionError())).run("a:b", 0, [1], None, None, None)


@pytest.mark.study
def test_a_cluster_whose_worker_is_killed_says_how_to_go_on(cluster):
    with pytest.raises(SimulationError, match="KilledWorker") as failed:
        cluster.run("tests.worker_tasks:killer", "SIGKILL", [1, 2], None, None, None)
    assert str(failed.value).endswith(_REMEDY)
    assert "\n" not in str(failed.value)
    assert cluster.run("tests.worker_tasks:doubler", 0, [1, 2], None, None, None) == [2, 4]
