"""Patterns from idx files: read as specified, everything else refused by name."""

import gzip
import struct

import numpy as np
import pytest

from hwkit import DataError
from hwkit.patterns import load_patterns, mnist_patterns, read_idx

LABELS = [7, 2, 1, 2, 0]
IMAGES = np.random.default_rng(1).integers(0, 256, (len(LABELS), 3, 4), dtype=np.uint8)


def idx(array, kind=0x08):
    """The bytes of an idx file, written as its specification says."""
    array = np.asarray(array, dtype=np.uint8)
    return struct.pack(f">xxBB{array.ndim}I", kind, array.ndim, *array.shape) + array.tobytes()


def put(folder, name, content, zipped=False):
    if zipped:
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    else:
        (folder / name).write_bytes(content)


def data_set(folder, images=IMAGES, labels=LABELS, of="t10k", zipped=False):
    put(folder, f"{of}-images-idx3-ubyte", idx(images), zipped)
    put(folder, f"{of}-labels-idx1-ubyte", idx(labels), zipped)


@pytest.mark.parametrize("zipped", [False, True])
def test_the_first_image_of_each_class_is_read(tmp_path, zipped):
    data_set(tmp_path, zipped=zipped)
    patterns = mnist_patterns([2, 0, 7], tmp_path)
    assert patterns.dtype == np.float64
    assert np.array_equal(patterns, IMAGES[[1, 4, 0]].reshape(3, 12))
    assert np.array_equal(patterns, load_patterns("mnist", [2, 0, 7], str(tmp_path)))


def test_the_test_set_comes_before_the_training_set(tmp_path):
    data_set(tmp_path, of="train", images=255 - IMAGES)
    assert np.array_equal(mnist_patterns([7], tmp_path)[0], 255.0 - IMAGES[0].ravel())
    data_set(tmp_path)
    assert np.array_equal(mnist_patterns([7], tmp_path)[0], IMAGES[0].ravel())


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 3, 4), (1, 1, 1, 1), (0, 5)])
def test_any_rank_is_read(tmp_path, shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    put(tmp_path, "some", idx(array))
    assert np.array_equal(read_idx(tmp_path / "some"), array)


GOOD = idx(IMAGES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD[:-1], r"is not an idx file of bytes: 59 of them for shape \(5, 3, 4\)"),
        (GOOD + b"x", r"61 of them for shape"),
        (GOOD[:10], "can't be read as an idx file"),
        (b"", "can't be read as an idx file"),
        (idx(IMAGES, kind=0x0D), "holds floats; write it as unsigned bytes"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "idx file"),
        (struct.pack(">xxBB2I", 8, 2, 2**31, 2**31) + b"abc", "is not an idx file of bytes"),
    ],
    ids=["short", "long", "header cut", "empty", "floats", "web page", "huge"],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_other_files_are_refused(tmp_path, content, words, zipped):
    put(tmp_path, "bad", content, zipped)
    path = tmp_path / ("bad.gz" if zipped else "bad")
    with pytest.raises(DataError, match=words) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("damage", ["cut", "bits", "plain"])
def test_damaged_archives_are_refused(tmp_path, damage):
    content = bytearray(gzip.compress(GOOD))
    if damage == "cut":
        del content[-20:]
    if damage == "bits":
        content[12:30] = bytes(255 - byte for byte in content[12:30])
    (tmp_path / "bad.gz").write_bytes(GOOD if damage == "plain" else content)
    with pytest.raises(DataError, match="can't be read as an idx file"):
        read_idx(tmp_path / "bad.gz")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"can't be read as an idx file: it does not exist"):
        read_idx(tmp_path / "nowhere")
    with pytest.raises(DataError, match="has no file t10k-images-idx3-ubyte or train-images"):
        mnist_patterns([0], tmp_path)
    put(tmp_path, "t10k-images-idx3-ubyte", idx(IMAGES))
    with pytest.raises(DataError, match="has no file t10k-labels-idx1-ubyte or train-labels"):
        mnist_patterns([0], tmp_path)


def test_images_and_labels_of_unlike_numbers_are_refused(tmp_path):
    data_set(tmp_path, labels=LABELS[:-1])
    with pytest.raises(DataError, match="has 5 images but 4 labels"):
        mnist_patterns([0], tmp_path)


@pytest.mark.parametrize(
    ("images", "labels"),
    [(IMAGES[0, 0], LABELS[:4]), (IMAGES, np.array(LABELS)[:, None]), (IMAGES[:0], [])],
    ids=["images without pixels", "labels in a table", "nothing"],
)
def test_files_of_another_rank_or_without_images_are_refused(tmp_path, images, labels):
    data_set(tmp_path, images, labels)
    with pytest.raises(DataError, match=r"images of shape .* and labels of shape"):
        mnist_patterns([0], tmp_path)


def test_the_digits_in_the_package_are_digits():
    patterns = mnist_patterns(list(range(10)))
    ink = np.mean(patterns > 0, axis=1)
    assert np.all((ink > 0.05) & (ink < 0.4))
    assert ink.argmin() == 1  # a one takes least ink
    distance = np.abs(patterns[:, None] - patterns).sum(axis=2) + 1e9 * np.eye(10)
    assert distance.min() > 1e4  # no digit twice
    assert np.array_equal(mnist_patterns([4, 2]), patterns[[4, 2]])


@pytest.mark.parametrize("source", ["digits", "mnist"])
@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ([], "no classes are named; give at least one"),
        ([0, 10], "class 10 is not in the data set; choose from 0 to 9"),
        ([-1], "class -1 is not in the data set"),
        ([3, 1, 3], "class 3 is named twice"),
    ],
)
def test_classes_that_can_t_be_are_refused(source, classes, words):
    with pytest.raises(DataError, match=words):
        load_patterns(source, classes)


def test_a_file_that_unpacks_to_far_more_than_mnist_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("hwkit.patterns.idx._MOST_BYTES", 1000)
    for size, name in ((990, "a.gz"), (1001, "b.gz")):
        header = b"\0\0\x08\x01" + (size - 8).to_bytes(4, "big")
        (tmp_path / name).write_bytes(gzip.compress(header + bytes(size - 8)))
    assert read_idx(tmp_path / "a.gz").size == 982
    with pytest.raises(DataError, match=r"holds over 0\.001 MB"):
        read_idx(tmp_path / "b.gz")


@pytest.mark.parametrize("zipped", [False, True])
def test_names_with_a_point_are_found(tmp_path, zipped):
    put(tmp_path, "train-images.idx3-ubyte", idx(IMAGES), zipped)
    put(tmp_path, "train-labels.idx1-ubyte", idx(LABELS), zipped)
    assert np.array_equal(mnist_patterns([2], tmp_path)[0], IMAGES[1].ravel())
