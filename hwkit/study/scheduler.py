"""A Dask scheduler to run on: its address, and whether anybody in between can change the answers.

Dask sends pickles, which are code: whoever reaches a scheduler or a worker can run programs there,
and what a scheduler answers runs here. Only TLS with certificates on both sides keeps others out.
"""

import importlib
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from hwkit.errors import ConfigError

_ENCRYPTED = ("tls", "wss")
_LOCAL = ("inproc",)


def check_scheduler(address: str, insecure: bool = False) -> None:
    """Refuse a scheduler on another machine that is spoken to without TLS, unless asked for.

    Raises:
        ConfigError: if the address is no address, or such a one and `insecure` is false.
    """
    scheme, host = _parts(address)
    if insecure or scheme in (*_ENCRYPTED, *_LOCAL) or _is_loopback(host):
        return
    raise ConfigError(
        f"scheduler {address!r} is on another machine and not encrypted: whoever is in between or "
        "reaches it can run programs there and here; start it with TLS and give tls://, or ask for "
        "it by name with --insecure-scheduler"
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
            f"scheduler {address!r} is no address ({error}); write it like tls://host:8786"
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
