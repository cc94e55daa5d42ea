"""Numba, and where what it compiles is kept.

A compiled function is kept on disk as a pickle, and a pickle is code: it is read from a folder
alone that nobody else can write to. Such is NUMBA_CACHE_DIR if it is an absolute path to one, else
the package's own `__pycache__`, else `hwkit` in the user's cache folder. Where there is none (a
package in a read-only image, a user without a home), hwkit compiles anew in each process, which
takes some seconds.

Numba is imported here alone: it reads `.numba_config.yaml` of the working folder when it is
imported and again whenever it compiles, and that file may name a cache, or stop it from starting.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from hwkit.surroundings import import_aside, is_private

numba: Any = import_aside("numba")

_config: Any = numba.core.config
_config._config_fname = os.devnull  # where it looks from now on; that is not a file


def _candidates() -> Iterator[Path]:
    yield Path(os.environ.get("NUMBA_CACHE_DIR", ""))
    package = Path(__file__).parent
    if is_private(package) and os.access(package, os.W_OK):
        yield package / "__pycache__"
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    yield (home if home.is_absolute() else Path("~/.cache").expanduser()) / "hwkit"


def cache_folder() -> Path | None:
    """Return the folder of compiled functions, made if missing; None if there is no safe one."""
    for folder in _candidates():
        if not folder.is_absolute():
            continue
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(folder) and os.access(folder, os.W_OK):
            return folder
    return None


CACHE_FOLDER = cache_folder()


def kept(compiler: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[..., Any]:
    """Return a decorator that compiles a function and keeps the result where it is safe.

    Args:
        compiler: numba.njit or numba.cfunc.
        arguments, options: of the compiler.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        before, _config.CACHE_DIR = _config.CACHE_DIR, str(CACHE_FOLDER)
        keep = CACHE_FOLDER is not None
        try:
            return compiler(*arguments, cache=keep, **options)(function)
        except RuntimeError:  # "no locator available": numba can't write there after all
            return compiler(*arguments, **options)(function)
        finally:
            _config.CACHE_DIR = before  # functions of the user's are cached where they were

    return decorate
