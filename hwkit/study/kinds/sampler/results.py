"""What a sampler study finds beside its samples: boards' errors by cause."""

from dataclasses import dataclass

SERIES, CLOSE, BOARD = "ideal-parts.npz", "close-samples.npz", "one-board.npz"
ERRORS = "errors.json"


@dataclass(frozen=True)
class Errors:
    """Errors of boards.

    Attributes:
        causes: cause -> relative error of each board's covariance by it alone; "" means by all.
        needed: kind of part -> its size that alone makes the published error, if there is one.
    """

    causes: dict[str, list[float]]
    needed: dict[str, float | None]
