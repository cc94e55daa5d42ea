"""An emulated converter: what a real one does to a voltage, one error at a time.

    low-pass    y' = 2 pi f_c (v - y)                 bandwidth f_c at -3 dB
    sampling    y_k = y(k interval + skew + jitter_k)
    scaling     z_k = gain y_k + offset + noise_k
    codes       round((z_k - low)/q), q = (high - low)/2^bits, from 0 to 2^bits - 1

Jitter is normal; it is drawn for each channel, or once for all channels of a sample.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import ConfigError

if TYPE_CHECKING:
    from scipy import signal
else:
    signal = deferred("scipy.signal")

FloatArray = NDArray[np.float64]
Each = float | tuple[float, ...]  # one for all channels, or one for each


@dataclass(frozen=True)
class EmulatedConverter:
    """A converter of several channels.

    Attributes:
        span: lowest and highest volts.
        bits: of a code; None for a converter without steps, which still clips.
        gain, offset: volts out per volt in, and volts added; the records don't know them.
        bandwidth: Hz at -3 dB, one pole; None for none.
        skew: seconds by which a channel is sampled late.
        jitter: seconds rms of the time of a sample.
        common_jitter: whether all channels of a sample share it.
        noise: volts rms, white, of each channel.
    """

    span: tuple[float, float] = (-1.0, 1.0)
    bits: int | None = 12
    gain: Each = 1.0
    offset: Each = 0.0
    bandwidth: Each | None = None
    skew: Each = 0.0
    jitter: float = 0.0
    common_jitter: bool = False
    noise: Each = 0.0

    def __post_init__(self) -> None:
        if not self.span[0] < self.span[1]:
            raise ConfigError(f"converter: span {self.span} V; the lower end comes first")
        if self.bits is not None and not 1 <= self.bits <= 32:
            raise ConfigError(f"converter: {self.bits} bits; it must be 1 to 32")
        if self.jitter < 0 or np.min(self.noise) < 0:
            raise ConfigError("converter: jitter and noise must not be negative")
        if self.bandwidth is not None and np.min(self.bandwidth) <= 0:
            raise ConfigError(f"converter: bandwidth {self.bandwidth} Hz; it must be above 0")

    @property
    def step(self) -> float | None:
        """Volts per code; None without steps."""
        low, high = self.span
        return None if self.bits is None else (high - low) / 2**self.bits

    @property
    def reach(self) -> float:
        """Seconds before and after its nominal time within which a sample is taken."""
        return float(np.max(np.abs(self.skew))) + 6 * self.jitter

    @property
    def instant(self) -> bool:
        """Whether a sample depends on the input at its nominal time alone."""
        return self.bandwidth is None and self.reach == 0

    def convert(
        self,
        volts: FloatArray,
        step: float,
        first: float,
        times: FloatArray,
        rng: np.random.Generator,
    ) -> FloatArray:
        """Return what is read, (samples, channels), V.

        Args:
            volts: at the inputs, (fine steps, channels).
            step: seconds between them.
            first: seconds from the first of them to time 0.
            times: nominal times of the samples, (samples,), s.
            rng: of jitter and noise.
        """
        n_channels = volts.shape[1]
        smooth = self._filtered(volts, step)
        shape = (len(times), 1 if self.common_jitter else n_channels)
        late = self.jitter * rng.standard_normal(shape) + each(self.skew, n_channels)
        places = (np.clip(late, -self.reach, self.reach) + times[:, None] + first) / step
        low = np.clip(np.floor(places).astype(np.intp), 0, len(volts) - 2)
        part = np.clip(places - low, 0.0, 1.0)
        columns = np.arange(n_channels)
        sampled = (1 - part) * smooth[low, columns] + part * smooth[low + 1, columns]
        scaled = each(self.gain, n_channels) * sampled + each(self.offset, n_channels)
        scaled += each(self.noise, n_channels) * rng.standard_normal(scaled.shape)
        return self._codes(scaled)

    def _filtered(self, volts: FloatArray, step: float) -> FloatArray:
        if self.bandwidth is None:
            return volts
        smooth = np.empty_like(volts)
        for channel, pole in enumerate(each(self.bandwidth, volts.shape[1])):
            keep = np.exp(-2 * np.pi * pole * step)
            start = [keep * volts[0, channel]]
            smooth[:, channel], _ = signal.lfilter(
                [1 - keep], [1, -keep], volts[:, channel], zi=start
            )
        return smooth

    def _codes(self, volts: FloatArray) -> FloatArray:
        low, high = self.span
        if self.bits is None or self.step is None:
            return np.clip(volts, low, high)
        codes = np.clip(np.rint((volts - low) / self.step), 0, 2**self.bits - 1)
        return np.asarray(low + self.step * codes, dtype=np.float64)


def each(value: Each, count: int, whose: str = "converter", of: str = "channels") -> FloatArray:
    """Return a value for each channel, or of what else there are so many, (count,).

    Raises:
        ConfigError: if there is another number of them.
    """
    values = np.asarray(value, dtype=np.float64)
    if values.ndim and values.shape != (count,):
        raise ConfigError(
            f"{whose}: {values.size} values for {count} {of}; give one, or one for each"
        )
    return np.broadcast_to(values, (count,))
