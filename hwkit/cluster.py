"""Tasks on a Dask cluster, with the results of the local pool.

Each of the cluster's workers runs its share of the tasks in a process of its own, as the local pool
does, so that a crash costs one task and ngspice has a process to itself.

Dask sends pickles, which are code: whoever reaches a scheduler or a worker can run programs there,
and what a scheduler answers runs here. Only TLS with certificates on both sides keeps others out.
"""

import importlib
import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from hwkit.errors import ConfigError, SimulationError
from hwkit.workers import Finished, Progress, run_tasks

_ENCRYPTED = ("tls", "wss")
_LOCAL = ("inproc",)
_SHARES = 4  # of the tasks that each thread of the cluster gets, one after the other


class Cluster:
    """The workers of a Dask scheduler; a `Pool` for `run_tasks`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    @contextmanager
    def of(cls, address: str | None, insecure: bool = False) -> "Iterator[Cluster | None]":
        """Yield the cluster at an address, None for no address, and part from it at the end.

        Raises:
            ConfigError: if there is none, it is not to be trusted or has another version of hwkit.
        """
        if address is None:
            yield None
            return
        check_scheduler(address, insecure)
        with connect(address) as client:
            _check_versions(client)
            yield cls(client)

    def run(
        self,
        factory: str,
        setup: object,
        tasks: Sequence[Any],
        timeout: float | None,
        progress: Progress | None,
        finished: Finished | None,
    ) -> list[Any]:
        """Run tasks, and return their results in order.

        Args:
            factory, setup, tasks, timeout, progress, finished: as for `run_tasks`.

        Raises:
            SimulationError: if the cluster loses its workers, its scheduler or the connection.
        """
        with _told():
            return self._run(factory, setup, list(tasks), timeout, progress, finished)

    def _run(
        self,
        factory: str,
        setup: object,
        tasks: list[Any],
        timeout: float | None,
        progress: Progress | None,
        finished: Finished | None,
    ) -> list[Any]:
        distributed: Any = importlib.import_module("distributed")
        threads = max(sum(self._client.nthreads().values()), 1)
        size = max(-(-len(tasks) // (_SHARES * threads)), 1)
        sent = self._client.scatter([setup], broadcast=True, hash=False)[0]
        futures = {}
        for first in range(0, len(tasks), size):
            share = tasks[first : first + size]
            future = self._client.submit(_share, factory, sent, share, timeout, pure=False)
            futures[future] = first
        results: list[Any] = [None] * len(tasks)
        done = 0
        for future in distributed.as_completed(list(futures), loop=self._client.loop):
            for index, result in enumerate(future.result(), start=futures[future]):
                results[index] = result
                done += 1
                if finished is not None:
                    finished(index, result)
            if progress is not None:
                progress(done, len(tasks))
        return results


@contextmanager
def _told() -> Iterator[None]:
    """Put what Dask says of a cluster that fails into a sentence; errors of tasks pass."""
    distributed: Any = importlib.import_module("distributed")
    lost = (
        distributed.scheduler.KilledWorker,
        distributed.scheduler.NoValidWorkerError,
        distributed.CancelledError,  # of futures whose scheduler is gone
        distributed.comm.CommClosedError,
        TimeoutError,
    )
    try:
        yield
    except lost as error:
        words = " ".join(str(error).split()).partition(". ")[0] or "no answer"
        raise SimulationError(
            f"the cluster failed ({type(error).__name__}: {words}); the results so far are kept; "
            "run the same command again to resume"
        ) from error


def _share(factory: str, setup: object, tasks: list[Any], timeout: float | None) -> list[Any]:
    """Run some tasks in a process of their own; called on a worker of the cluster."""
    return run_tasks(factory, setup, tasks, 1, timeout)


def _version() -> str:
    return version("hwkit")


def _check_versions(client: Any) -> None:
    here, there = _version(), {str(found) for found in client.run(_version).values()}
    if there - {here}:
        raise ConfigError(
            f"workers of the cluster have hwkit {', '.join(sorted(there))}, but this is {here}; "
            "install the same version on all"
        )


def check_scheduler(address: str, insecure: bool = False) -> None:
    """Refuse a scheduler on another machine that is spoken to without TLS, unless asked for.

    Raises:
        ConfigError: if the address is not an address, or such a one and `insecure` is false.
    """
    scheme, host = _parts(address)
    if insecure or scheme in (*_ENCRYPTED, *_LOCAL) or _is_loopback(host):
        return
    raise ConfigError(
        f"scheduler {address!r} is on another machine and not encrypted: whoever reaches it, or "
        "the network in between, can run programs on both machines; start it with TLS and give "
        "tls://, or accept the risk with --insecure-scheduler"
    )


def connect(address: str) -> Any:
    """Return a client of a Dask scheduler.

    Raises:
        ConfigError: if Dask is not installed, or no scheduler answers.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise ConfigError(
            "a scheduler needs Dask; install it with: pip install 'hwkit[cluster]'"
        ) from None
    try:
        security = distributed.Security()  # from Dask's configuration, which is the user's
        context = security.get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the certificates in Dask's configuration can't be used: {error}; correct it"
        ) from error
    if context is None and _parts(address)[0] in _ENCRYPTED:
        raise ConfigError(
            f"scheduler {address} needs TLS, and Dask's configuration names no certificate of a "
            "client; set distributed.comm.tls.client.cert and key, and distributed.comm.tls.ca-file"
        )
    try:
        return distributed.Client(address, security=security, timeout="10s", set_as_default=False)
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:
        raise ConfigError(
            f"no Dask scheduler answers at {address}: {error}; start one with `dask scheduler`"
        ) from error


def _parts(address: str) -> tuple[str, str]:
    """Return the scheme, tcp if there is none, and the host of an address."""
    try:
        url = urlsplit(address if "://" in address else f"tcp://{address}")
        return url.scheme, url.hostname or ""
    except ValueError as error:
        raise ConfigError(
            f"scheduler {address!r} is not an address ({error}); write it like tls://host:8786"
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
