"""The converter's step, from the values that a channel takes.

A converter of b bits over a span returns multiples of q = span / 2^b. The smallest distance between
values of a long record is q, if the record has many more samples than the converter has values; of
a channel without a converter (or with a fine one) almost all samples differ, and the step is 0.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_REPEATED = 4.0  # samples of each value, from which a channel is a converter's
_SAME = 1e-9  # of the range: values that differ by rounding
_WHOLE = 0.02  # of a step


def converter_step(samples: FloatArray) -> float:
    """Return the step of a channel's values, (samples,), in their unit; 0 if it has none."""
    values = np.unique(samples[np.isfinite(samples)])
    if values.size < 2 or np.isfinite(samples).sum() < _REPEATED * values.size:
        return 0.0
    gaps = np.diff(values)
    gaps = gaps[gaps > _SAME * (values[-1] - values[0])]
    if not gaps.size:
        return 0.0
    step = float(gaps.min())
    multiples = gaps / step
    if np.mean(np.abs(multiples - np.round(multiples)) < _WHOLE) < 0.99:
        return 0.0
    return float(gaps.sum() / np.round(multiples).sum())


def resolved_bits(step: float, span: float) -> float:
    """Return the bits of a converter of that step over a span."""
    return float(np.log2(span / step))
