import gzip
import struct

import numpy as np
import pytest

from hwkit import DataError
from hwkit.patterns import digit_patterns, load_patterns, mnist_patterns


def test_digits_are_the_first_of_each_class_in_the_order_asked_for(digits):
    assert np.array_equal(digit_patterns([7, 2]), digits[[7, 2]])


def test_mnist_ships_one_digit_of_each_class():
    patterns = load_patterns("mnist", list(range(10)))
    assert patterns.shape == (10, 784)
    assert (patterns.min(), patterns.max()) == (0, 255)
    assert len(np.unique(patterns, axis=0)) == 10


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_from_a_folder_of_idx_files(tmp_path, packed):
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    labels = np.array([4, 1, 1, 0, 4], dtype=np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        content = idx(array)
        if packed:
            (tmp_path / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(content))
        else:
            (tmp_path / f"train-{name}-ubyte").write_bytes(content)
    patterns = mnist_patterns([1, 4], tmp_path)
    assert np.array_equal(patterns, images[[1, 0]].reshape(2, 784))
    with pytest.raises(DataError, match="class 7 is not in the data set"):
        mnist_patterns([7], tmp_path)


@pytest.mark.parametrize(
    ("classes", "words"),
    [([], "no classes"), ([3, 3], "named twice"), ([10], "class 10 .* 0 to 9"), ([-1], "class -1")],
)
def test_classes_that_are_not_there(classes, words):
    for source in ("digits", "mnist"):
        with pytest.raises(DataError, match=words):
            load_patterns(source, classes)


def test_a_damaged_idx_file_is_named(tmp_path):
    images = idx(np.zeros((2, 28, 28), dtype=np.uint8))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(np.zeros(2, dtype=np.uint8)))
    for content in (images[:-1], images[:3], b"", b"\0\0\x0d\x01" + images[4:]):
        (tmp_path / "t10k-images-idx3-ubyte").write_bytes(content)
        with pytest.raises(DataError, match="t10k-images-idx3-ubyte"):
            mnist_patterns([0], tmp_path)
    with pytest.raises(DataError, match="no file"):
        mnist_patterns([0], tmp_path / "elsewhere")
