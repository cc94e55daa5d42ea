"""Seeds, noise and normal scores of the page's engine: those of hwkit, to the bit."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from hwkit.explore.engine import engine_source
from hwkit.wiener import child_seed, normals
from tests.explore import node
from tests.explore.node import called, needs_node, outcomes

pytestmark = needs_node

PATHS = [[], [3], ["thermal", 3], [7, "couplings"], [2**40 + 5, "é", 0]]
SEEDS = [0, 7, 2**32, 12345678901234567890, 2**64 - 1]
NOISE = [
    (0, [0, 1, 2, 3], 5, 0, [0, 1, 2, 3, 4, 11]),
    (2**64 - 1, [5, 70_000, 2**31 + 3], 7, 1, [0, 2, 6]),
    (987654321, [0, 9], 1_024, 2, [3, 1_000, 2**16 + 1, 2**18 + 7, 2**20]),
]


def reference(seed, runs, units, level, step):
    """Normals of one step far out: the same lanes, from the block of that step on."""
    from hwkit.wiener import _Lanes

    out = np.empty((4, len(runs), units), dtype=np.float32)
    return _Lanes(seed, runs, units, level).fill(step // 4, out)[step % 4]


def test_child_seeds():
    wanted = [str(child_seed(seed, *path)) for seed in SEEDS for path in PATHS]
    assert called(*[["child", str(seed), *path] for seed in SEEDS for path in PATHS]) == wanted


def test_uniform_numbers():
    counts = [41, 41, 41, 41, 20_000]
    calls = [["uniforms", str(seed), n] for seed, n in zip(SEEDS, counts, strict=True)]
    for seed, n, numbers in zip(SEEDS, counts, called(*calls), strict=True):
        expected = np.random.Generator(np.random.Philox(seed)).random(n)
        np.testing.assert_array_equal(numbers, expected)


@pytest.mark.parametrize("vectors", [True, False])
def test_normals_bit_for_bit(vectors):
    calls = [["normals", str(seed), *lanes, vectors] for seed, *lanes in NOISE]
    for found, (seed, runs, n, level, steps) in zip(called(*calls), NOISE, strict=True):
        expected = [reference(seed, runs, n, level, step).view(np.int32) for step in steps]
        np.testing.assert_array_equal(np.array(found), expected)


def test_the_reference_is_the_public_noise():
    for seed, runs, n, level, steps in NOISE:
        near = [step for step in steps if step < 20]
        public = normals(seed, runs, max(near) + 1, n, level)
        for step in near:
            np.testing.assert_array_equal(public[step], reference(seed, runs, n, level, step))


def test_many_normals_bit_for_bit():
    lanes = [list(range(16)), 64, 0, list(range(200))]
    found, plain = called(["normals", "3", *lanes], ["normals", "3", *lanes, False])
    expected = normals(3, range(16), 200, 64).view(np.int32)
    np.testing.assert_array_equal(np.array(found), expected)
    np.testing.assert_array_equal(np.array(plain), expected)
    assert not np.array_equal(expected, normals(4, range(16), 200, 64).view(np.int32))


def test_normals_where_the_policy_forbids_webassembly(monkeypatch):
    forbidden = 'WebAssembly.Module = class { constructor() { throw new Error("policy"); } };\n'
    monkeypatch.setattr(node, "engine_source", lambda: forbidden + engine_source())
    [found] = called(["normals", "3", [0, 1], 5, 0, [0, 5]])
    np.testing.assert_array_equal(
        np.array(found), normals(3, range(2), 6, 5).view(np.int32)[[0, 5]]
    )


def test_normal_scores():
    rng = np.random.default_rng(0)
    small = 10.0 ** -rng.uniform(0, 16, 500)
    u = np.concatenate([rng.random(500), small, 1 - small[small > 1e-15], [0.5, 2**-60, 2**-54]])
    x = np.concatenate([rng.uniform(-8, 8, 500), [0.0, -30.0, 2.5, -2.5]])
    scores, probabilities = called(["ndtri", u.tolist()], ["ndtr", x.tolist()])
    np.testing.assert_allclose(scores, ndtri(u), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(probabilities, ndtr(x), rtol=1e-13)


@pytest.mark.parametrize("seed", ["-1", "1.5", "", "x", str(2**64)])
def test_what_is_no_seed_is_refused(seed):
    [found] = outcomes(["child", seed, "thermal"])
    assert "seed must be a whole number" in found["error"]
