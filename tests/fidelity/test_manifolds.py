import numpy as np
import pytest
from scipy.linalg import sqrtm

from hwkit import DataError
from hwkit.fidelity.manifolds import (
    frechet_distance,
    gaussian_distance,
    inside,
    nearest_distance,
)


def covariance(seed, n=5):
    root = np.random.default_rng(seed).standard_normal((n, n))
    return root @ root.T


def test_the_distance_of_normals_that_commute_is_that_of_their_deviations():
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 1.0])
    distance = gaussian_distance(np.zeros(3), np.diag(a), np.array([3.0, 0, 4]), np.diag(b))
    assert distance == pytest.approx(25 + 1 + 0 + 4)


def test_the_distance_is_that_of_the_formula():
    a, b = covariance(1), covariance(2)
    by_formula = np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
    assert gaussian_distance(np.zeros(5), a, np.zeros(5), b) == pytest.approx(by_formula)
    assert gaussian_distance(np.zeros(5), a, np.zeros(5), a) == pytest.approx(0, abs=1e-6)


def test_clouds_of_the_same_normal_are_close_and_a_shift_is_seen():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 4000, 3))
    assert frechet_distance(a, b) < 0.01
    assert frechet_distance(a, b + np.array([2.0, 0, 0])) == pytest.approx(4, rel=0.05)


def test_points_on_a_line_lie_within_their_fifth_neighbour():
    cloud = np.arange(20.0)[:, None]
    # Balls of the ends reach the fifth point, 5; those inside reach 3 either way.
    points = np.array([-5.1, -4.9, 10.5, 23.9, 24.1])[:, None]
    assert inside(points, cloud).tolist() == [False, True, True, True, False]
    assert inside(points, cloud, k=1).tolist() == [False, False, True, False, False]


def test_a_cloud_of_five_has_no_fifth_neighbours():
    with pytest.raises(DataError, match="5 pictures have no 5 nearest others; give at least 6"):
        inside(np.zeros((3, 2)), np.zeros((5, 2)))


def test_the_nearest_distance():
    cloud = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(nearest_distance(np.array([[3.0, 0], [3, 4]]), cloud), [3, 0])
