import base64
import io
import re

import numpy as np
import pytest
from matplotlib.image import imread

from hwkit import Trajectories
from hwkit.report.axes import AxisScale
from hwkit.report.pictures import data_uri
from hwkit.study.kinds.equivalence.covariance import covariances
from hwkit.study.kinds.equivalence.densities import marginal
from hwkit.study.kinds.equivalence.figures import autocorrelation, drift_residual, path
from hwkit.study.kinds.equivalence.results import Pair

SCALE = AxisScale(volt=0.1, second=1e-6)


def pair(difference=0.0, n_runs=8, n_times=5, n_units=6):
    x = np.random.default_rng(3).standard_normal((n_runs, n_times, n_units))
    t = np.linspace(0, 1, n_times)
    return Pair(
        Trajectories(t, x), Trajectories(t, x + difference), np.ones(n_runs, dtype=np.bool_)
    )


def decoded(uri):
    return imread(io.BytesIO(base64.b64decode(uri.split(",")[1])), format="png")


@pytest.mark.parametrize(("pixels", "shape"), [(64, (8, 8)), (784, (28, 28)), (12, (1, 12))])
def test_pictures_are_square_where_the_pixels_allow(pixels, shape):
    picture = decoded(data_uri(np.linspace(-1, 1, pixels), (-1.0, 1.0)))
    assert picture.shape[:2] == shape
    grey = picture[..., 0].ravel()
    assert grey[0] == 1
    assert grey[-1] == 0
    assert np.all(np.diff(grey) <= 0)


def test_path_states_its_largest_difference():
    assert "Largest difference 0.25;" in path(pair(0.25), SCALE, 0, 1, "visible").caption


def test_equal_sides_remember_equally():
    assert "Largest difference 0." in autocorrelation(pair(), SCALE).caption


def test_covariance_scales_are_those_of_the_values():
    ideal, spice, difference = covariances(pair(), n_visible=4)
    runs = pair().ideal
    reach = f"{np.max(np.abs(np.cov(runs.final, rowvar=False))):.1f}"
    assert f">{reach}</text>" in ideal.svg
    assert f">{reach}</text>" in spice.svg
    assert f">{reach}</text>" not in difference.svg


def test_large_machines_are_thinned_for_the_covariance():
    ideal, *_ = covariances(pair(n_units=700), n_visible=600)
    assert "228 of 700 units, evenly spaced" in ideal.caption
    assert len(ideal.svg) < 400_000


def test_marginal_of_states_that_never_vary():
    assert "2 hidden units" in marginal(np.zeros((3, 2)), np.zeros((3, 2)), "hidden", SCALE).caption


def test_residual_counts_units_without_any():
    residual = np.array([[0.0, 1e-9, -4e-8], [0.0, 2e-9, 0.0]])
    drawing = drift_residual(residual, [("visible", slice(0, 2)), ("hidden", slice(2, 3))], None)
    assert "1 unit without any residual lies" in drawing.caption
    assert re.search(r"4\.0.×.10⁻⁸", drawing.caption)


def test_the_users_own_settings_do_not_reach_the_figures():
    import matplotlib

    before = path(pair(), SCALE, 0, 1, "visible").svg
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 40, "svg.fonttype": "path"}):
        assert path(pair(), SCALE, 0, 1, "visible").svg == before


def test_a_path_is_in_volts_and_microseconds_too():
    svg = path(pair(), SCALE, 0, 1, "visible").svg
    for label in ("time (model units)", "time, µs", "node, mV", ">x<"):
        assert label in svg


def test_paths_that_differ_can_be_told_apart_without_colour():
    drawn = path(pair(0.5), SCALE, 0, 1, "visible").svg
    ideal, spice = (
        re.search(rf"stroke: var\(--{side}\)[^\"]*", drawn)[0] for side in ("ideal", "spice")
    )
    assert "dasharray" not in ideal
    assert (
        "dasharray" in drawn.split("var(--spice)")[0].rpartition("<path")[2]
    ) or "dasharray" in spice
