"""Can what numba compiles be kept on disk?

It is kept beside the package or in the user's cache folder. Where neither can be written (a package
in a read-only image, a user without a home), numba refuses to import; hwkit then compiles anew in
each process, which takes some seconds.
"""

import numba


def _probe() -> None:
    """Stand for every function of the package."""


def _can_cache() -> bool:
    try:
        numba.njit(_probe, cache=True)
    except RuntimeError:  # "no locator available"
        return False
    return True


CACHE = _can_cache()
