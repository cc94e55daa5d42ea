import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hwkit import wiener
from hwkit.errors import ConfigError
from hwkit.wiener import NoiseStream, UnitNoise, child_seed, increments, normals
from tests.statistics import LIMIT, agrees, deviation

WORD = 0xFFFFFFFF


def philox(counter, key):
    """Philox4x32-10 in whole numbers, written from the paper."""
    c = list(counter)
    k = list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & WORD, (p0 >> 32) ^ c[3] ^ k[1], p0 & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    return tuple(c)


def box_muller(w0, w1):
    """The documented transform in double precision: normals and radius."""
    # 40 bits of radius: the first word's high 20, its low 12, the second word's low 8.
    u = ((w0 << 8 | w1 & 0xFF) + 0.5) / 2**40
    # 24 bits of angle, its zero in the middle of a quadrant.
    angle = 2 * math.pi * ((w1 >> 8) + 0.5 - 2**21) / 2**24
    radius = math.sqrt(-2 * math.log(u))
    return radius * math.cos(angle), radius * math.sin(angle), radius


def close(got, exact, radius):
    """Single precision; a radius near 0 carries that of 1 - u, which is 2^-24 for u near 1."""
    return abs(got - exact) < 2e-6 + min(2**-24 / radius, 2**-12)


# Known-answer vectors of the Random123 distribution.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((WORD,) * 4, (WORD,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_philox_gives_the_known_answers(counter, key, words):
    assert philox(counter, key) == words
    compiled = wiener._philox(*(np.uint64(w) for w in (*counter, *key)))
    assert tuple(int(w) for w in compiled) == words


@given(
    seed=st.integers(0, 2**64 - 1),
    run=st.integers(0, 2**31),
    unit=st.integers(0, 40),
    step=st.integers(0, 60),
    level=st.integers(0, 20),
)
def test_normals_are_the_documented_map_from_seed_level_run_step_and_unit(
    seed, run, unit, step, level
):
    key = np.random.SeedSequence(seed).generate_state(2, np.uint32)
    words = philox((unit, step // 4, run, level), tuple(int(k) for k in key))
    *pair, radius = box_muller(*words[:2] if step % 4 < 2 else words[2:])
    got = normals(seed, [run], step + 1, unit + 1, level)[step, 0, unit]
    assert close(got, pair[step % 2], radius)


def test_the_transform_is_exact_to_single_precision_from_the_middle_to_the_far_tail():
    words = [(w << 12 | 0xABC, a << 8 | 0x5A) for w in (0, 1, 7, 2**10, 2**19, 2**20 - 1) for a in
             (0, 1, 2**21, 2**22 - 1, 2**22, 2**23, 3 * 2**22 + 5, 2**24 - 1)]  # fmt: skip
    words += [(0, 0), (0, 1), (5, 255), (WORD, WORD)]
    for w0, w1 in words:
        cosine, sine, radius = box_muller(w0, w1)
        got = wiener._pair(np.uint64(w0), np.uint64(w1))
        assert close(got[0], cosine, radius)
        assert close(got[1], sine, radius)
    # The largest radius there is: all 40 bits zero.
    assert math.hypot(*wiener._pair(np.uint64(0), np.uint64(0))) == pytest.approx(
        math.sqrt(2 * 41 * math.log(2)), rel=1e-6
    )


@pytest.fixture(scope="module")
def many():
    """Ten million normals of one seed."""
    return normals(20240, range(100), 1000, 100).astype(np.float64).ravel()


def moments_agree(x):
    return all(
        agrees(x**power, value) for power, value in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15))
    )


def test_moments_are_those_of_a_standard_normal(many):
    assert moments_agree(many)
    assert not moments_agree(many * math.sqrt(1.01))  # control: variance wrong by 1 %
    assert not moments_agree(many + 0.002)  # control: a mean that is not zero


def kolmogorov_smirnov_accepts(x):
    return stats.kstest(x, "norm").pvalue > 1e-4


def test_the_distribution_is_normal(many):
    sample = many[::2]
    assert kolmogorov_smirnov_accepts(sample)
    assert not kolmogorov_smirnov_accepts(sample * math.sqrt(1.01))


def tail_deviation(x, threshold):
    expected = 2 * stats.norm.sf(threshold) * x.size
    return (np.count_nonzero(np.abs(x) > threshold) - expected) / math.sqrt(expected)


def test_tails_hold_as_many_values_as_they_must(many):
    more = [normals(seed, range(100), 1000, 100).ravel() for seed in (1, 2, 3)]
    x = np.concatenate([many, *more])
    for threshold in (3.0, 4.0, 5.0):
        assert abs(tail_deviation(x, threshold)) < LIMIT
    assert abs(tail_deviation(x * math.sqrt(1.01), 3.0)) > LIMIT  # controls
    assert abs(tail_deviation(x * math.sqrt(1.02), 4.0)) > LIMIT
    assert abs(tail_deviation(np.clip(x, -4.9, 4.9), 5.0)) > LIMIT


def test_neighbours_are_uncorrelated_in_every_direction():
    block = normals(5, range(40), 400, 40).astype(np.float64)
    for axis in range(3):
        head = np.take(block, range(block.shape[axis] - 1), axis)
        tail = np.take(block, range(1, block.shape[axis]), axis)
        assert agrees((head * tail).ravel(), 0.0)
        assert agrees((head**2 * tail**2).ravel(), 1.0)
    pairs = block.reshape(-1, 4, 40, 40)  # within a block of four steps
    for a, b in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)):
        assert agrees((pairs[:, a] * pairs[:, b]).ravel(), 0.0)
    for other in (normals(6, range(40), 400, 40), normals(5, range(40), 400, 40, level=1)):
        assert agrees((block * other).ravel(), 0.0)
    leaking = 0.99 * block[1:] + 0.01 * block[:-1]
    assert not agrees((block[:-1] * leaking).ravel(), 0.0)  # control: a hundredth leaks over


@given(
    runs=st.lists(st.integers(0, 50), min_size=1, max_size=5),
    n_steps=st.integers(1, 70),
    n_units=st.integers(1, 12),
)
def test_a_block_does_not_depend_on_how_it_is_asked_for(runs, n_steps, n_units):
    whole = normals(77, range(51), 70, 12)
    part = normals(77, runs, n_steps, n_units)
    assert np.array_equal(part, whole[:n_steps, runs, :n_units])
    stream = NoiseStream(77, runs, n_units)
    for step in (n_steps - 1, 0, n_steps // 2):  # in any order
        assert np.array_equal(stream.at(step), part[step])


def test_a_stream_gives_the_normals_step_after_step():
    stream = NoiseStream(9, range(3), 5)
    steps = np.stack([stream.at(step).copy() for step in range(50)])
    assert np.array_equal(steps, normals(9, range(3), 50, 5))


def digest(array):
    return hashlib.sha256(
        np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    ).hexdigest()


def test_noise_with_the_units_first_is_the_same():
    noise = UnitNoise(8, range(2, 7), 3)
    blocks = noise.fill(2, np.empty((12, 3, 5), dtype=np.float32))
    expected = normals(8, range(2, 7), 20, 3)[8:].transpose(0, 2, 1)
    assert np.array_equal(blocks, expected)


def test_the_format_is_frozen():
    """Who has to change these numbers makes a new version of the format instead."""
    assert wiener.FORMAT_VERSION == 1
    assert (
        digest(normals(2024, range(3), 10, 7))
        == "17e0de439a00e0acd1f6d2dfef80c6d2e9c359077e3cddaedaf8a63ceebb9ec0"
    )
    assert (
        digest(normals(2**63 + 11, [5, 1000], 33, 20, level=2))
        == "79a477a0f654e7d711f041f19db37530398ad35f8b03148f7ca66036f2e36eaf"
    )
    assert (
        digest(increments(7, range(4), 8, 3, dt=0.01, halvings=2))
        == "479c273912f459bddcc86f37d59aa9b1718f28fb4e139a70d87b4a1af24581bf"
    )
    assert normals(0, [0], 4, 1).ravel().tolist() == [
        -1.893288493156433,
        0.7873157262802124,
        -0.06204909086227417,
        -1.1079777479171753,
    ]
    assert child_seed(0) == 15793235383387715774
    assert child_seed(1, "thermal", 3) == 1123165778804711775


def test_increments_are_scaled_normals_with_the_runs_first():
    expected = math.sqrt(0.25) * normals(3, [2, 4], 9, 5).astype(np.float64).transpose(1, 0, 2)
    assert np.array_equal(increments(3, [2, 4], 9, 5, dt=0.25), expected)


@pytest.mark.parametrize("halvings", [1, 2, 5])
def test_halved_increments_sum_to_the_coarse_path(halvings):
    coarse = increments(3, range(4), 25, 6, dt=0.1, halvings=halvings - 1)
    fine = increments(3, range(4), 25, 6, dt=0.1, halvings=halvings)
    assert fine.shape == (4, 25 * 2**halvings, 6)
    sums = fine.reshape(4, -1, 2, 6).sum(axis=2)
    np.testing.assert_allclose(sums, coarse, rtol=0, atol=1e-15)


@pytest.mark.parametrize("halvings", [1, 3])
def test_halved_increments_have_their_own_variance_and_no_correlation(halvings):
    dt = 0.1
    fine = increments(8, range(50), 80, 25, dt, halvings) / math.sqrt(dt / 2**halvings)
    assert moments_agree(fine.ravel())
    for lag in (1, 2, 2**halvings):
        assert agrees((fine[:, :-lag] * fine[:, lag:]).ravel(), 0.0)
    assert not moments_agree(1.01 * fine.ravel())  # control
    repeated = np.repeat(increments(8, range(50), 80, 25, dt), 2, axis=1)  # control: no bridge
    assert abs(deviation((repeated[:, :-1] * repeated[:, 1:]).ravel(), 0.0)) > LIMIT


def test_child_seeds_are_distinct():
    paths = [(), ("a",), ("b",), (0,), (1,), (0, 0), (0, 1), (1, 0), ("a", 0), (0, "a"), ("a", "b")]
    paths += [("board", i) for i in range(2000)] + [("thermal", i) for i in range(2000)]
    seeds = [child_seed(root, *path) for root in (0, 1, 2**40) for path in paths]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert child_seed(np.int64(5), "a") == child_seed(5, "a")


@pytest.mark.parametrize("seed", [-1, 1.5, True, "7", None, float("nan")])
@pytest.mark.parametrize(
    "use",
    [
        lambda seed: child_seed(seed, "a"),
        lambda seed: normals(seed, [0], 1, 1),
        lambda seed: increments(seed, [0], 1, 1, 0.1),
        lambda seed: NoiseStream(seed, [0], 1),
    ],
)
def test_a_bad_seed_is_refused(use, seed):
    with pytest.raises(ConfigError, match=r"seed must be a whole number >= 0, not"):
        use(seed)
