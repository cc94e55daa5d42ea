"""Shares of a count, shown with what the count says of them: Wilson's interval.

63 of 64 is "98.4% (91.7 to 99.7%)": a share without its interval claims more than was counted.
"""

from typing import TYPE_CHECKING

import numpy as np

from hwkit.deferred import deferred
from hwkit.errors import DataError

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

LEVEL = 0.95


def wilson(part: float, whole: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a share; covers as often as it says, on average over shares.

    Args:
        part: how many of them count.
        whole: how many there are, above 0.
        level: probability that the interval covers the share.
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    share = part / whole
    middle = share + z**2 / (2 * whole)
    half = z * float(np.sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2)))
    scale = 1 + z**2 / whole
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def share_error(share: float, n: int) -> float:
    """Return the standard error of a share of n; of 0 and of 1 that of one in n, never nothing."""
    return float(np.sqrt(max(share * (1 - share), 1 / n) / n))


def shown_share(share: float, n: int) -> str:
    """Return a share of n as text with its 95 % interval.

    A mean of n shares, such as of boards, is less spread than a share of n: its interval is wide.

    Raises:
        DataError: if that is no share of n.
    """
    if not (0 <= share <= 1 and n >= 1):
        raise DataError(f"{share!r} of {n} is not a share; give 0 to 1 of at least 1")
    low, high = wilson(share * n, n)
    return f"{share:.1%} ({100 * low:.1f} to {high:.1%})"
