"""k-means: scikit-learn's clusters where nothing is tied, and the same ones where something is."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from hwkit.training.clusters import clusters
from hwkit.training.patterns import normalized_patterns


def theirs(pictures, count, seed):
    return KMeans(count, n_init=1, random_state=seed).fit_predict(pictures)


@pytest.mark.parametrize(("count", "seed"), [(1, 0), (2, 1), (7, 2), (10, 3), (40, 4)])
def test_digits_fall_into_the_clusters_of_scikit_learn(count, seed):
    pictures = normalized_patterns(load_digits().data)
    np.testing.assert_array_equal(clusters(pictures, count, seed), theirs(pictures, count, seed))


def square():
    """Four corners of a square, then the middles of its sides, 20 times each."""
    corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    middles = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]])
    return np.repeat(np.vstack([corners, middles]), 20, axis=0)


def noisy(pictures, seed):
    return pictures + 1e-14 * np.random.default_rng(seed).uniform(-1, 1, pictures.shape)


def test_pictures_midway_between_centres_stay_together_whatever_their_last_digits_are():
    wanted = clusters(square(), 4, 0)
    plain = set()
    for seed in range(20):
        np.testing.assert_array_equal(clusters(noisy(square(), seed), 4, 0), wanted)
        plain.add(tuple(theirs(noisy(square(), seed), 4, 0)))
    assert len(plain) > 1  # the control
    assert all(len(set(wanted[k : k + 20])) == 1 for k in range(0, 160, 20))


def test_every_cluster_has_a_picture_where_there_are_enough_different_ones():
    for seed in range(20):
        pictures = np.random.default_rng(seed).integers(0, 2, (30, 4)).astype(float)
        different = len(np.unique(pictures, axis=0))
        for count in (2, min(8, different)):
            assert set(clusters(pictures, count, seed)) == set(range(count))


def test_more_clusters_than_different_pictures_leave_some_empty():
    found = clusters(np.repeat(np.eye(3), 5, axis=0), 6, 0)
    assert len(set(found)) == 3
    assert all(len(set(found[k : k + 5])) == 1 for k in (0, 5, 10))
