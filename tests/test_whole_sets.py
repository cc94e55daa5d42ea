import struct

import numpy as np
import pytest

from hwkit import ConfigError, DataError
from hwkit.patterns import LabelledPictures, whole_set


def test_the_digits_and_their_split():
    whole = whole_set("digits")
    assert whole.pictures.shape == (1797, 64)
    assert whole.n_classes == 10
    training, held_out = whole.split(1400, 397)
    both = np.vstack([training.pictures, held_out.pictures])
    np.testing.assert_array_equal(np.unique(both, axis=0), np.unique(whole.pictures, axis=0))
    assert held_out.labels.tolist() == whole.split(1400, 397)[1].labels.tolist()
    assert held_out.labels.tolist() != whole.split(1400, 397, seed=1)[1].labels.tolist()
    assert min(np.bincount(held_out.labels)) > 25


def test_idx_files(tmp_path):
    pixels = np.arange(5 * 6, dtype=np.uint8)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(
        struct.pack(">HBB3I", 0, 8, 3, 5, 2, 3) + pixels.tobytes()
    )
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(
        struct.pack(">HBBI", 0, 8, 1, 5) + bytes([0, 1, 2, 1, 0])
    )
    whole = whole_set("mnist", tmp_path)
    np.testing.assert_array_equal(whole.pictures, pixels.reshape(5, 6))
    assert whole.labels.tolist() == [0, 1, 2, 1, 0]


def test_what_is_not_there_is_refused():
    with pytest.raises(DataError, match="data source 'letters' is unknown"):
        whole_set("letters")
    with pytest.raises(DataError, match="name a folder of it"):
        whole_set("mnist")
    with pytest.raises(ConfigError, match="1400 training and 398 held-out pictures were asked"):
        whole_set("digits").split(1400, 398)
    with pytest.raises(DataError, match=r"pictures have shape \(4, 3\) and labels \(5,\)"):
        LabelledPictures(np.zeros((4, 3)), np.zeros(5))
    with pytest.raises(DataError, match=r"label 0\.5 is not a class"):
        LabelledPictures(np.zeros((2, 3)), np.array([1, 0.5]))
