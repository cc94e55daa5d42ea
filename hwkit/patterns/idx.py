"""Files of MNIST's own format, idx (LeCun, Cortes, Burges): arrays of bytes, gzipped or not."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import why

ByteArray = NDArray[np.uint8]

_IDX_BYTES = 0x08  # the element type of MNIST's files, unsigned bytes
_MOST_BYTES = 300_000_000
_IDX_OTHERS = {
    0x09: "signed bytes", 0x0B: "16-bit numbers", 0x0C: "32-bit numbers", 0x0D: "floats",
    0x0E: "doubles",
}  # fmt: skip


def read_idx(path: Path) -> ByteArray:
    """Read an idx file of bytes (LeCun, Cortes, Burges), gzipped or not.

    Raises:
        DataError: if it is not one, or is cut short.
    """
    try:
        content = _unpacked(path)
        kind, rank = struct.unpack_from(">xxBB", content)
        shape = struct.unpack_from(f">{rank}I", content, 4)
    except DataError:
        raise
    except Exception as error:  # a damaged file fails in many ways, and all mean the same
        raise DataError(f"{path} can't be read as an idx file: {why(error)}") from error
    if kind in _IDX_OTHERS:
        raise DataError(f"{path} holds {_IDX_OTHERS[kind]}; write it as unsigned bytes (type 0x08)")
    data = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * rank)
    if kind != _IDX_BYTES or data.size != np.prod(shape):
        raise DataError(
            f"{path} is not an idx file of bytes: {data.size} of them for shape {shape}"
        )
    return data.reshape(shape)


def _unpacked(path: Path) -> bytes:
    """Return the content of a file, gzipped or not, unless it unpacks to far more than MNIST."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise DataError(f"{path} holds over {_MOST_BYTES / 1e6:.3g} MB; MNIST's files hold 47")
    return content
