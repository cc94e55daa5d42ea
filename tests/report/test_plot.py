import re

import numpy as np
import pytest
from matplotlib.image import imread

from hwkit import ConfigError, DataError, Trajectories
from hwkit.report import View, plot_trajectories


def runs(n_runs=5, n_times=6, n_units=10, failures=()):
    x = np.random.default_rng(1).standard_normal((n_runs, n_times, n_units))
    x[list(failures)] = np.nan
    return Trajectories(np.linspace(0, 1, n_times), x, dict.fromkeys(failures, "too warm"))


def texts(path):
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text("utf-8"))


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_runs_give_the_same_bytes(tmp_path, suffix):
    view = View(n_visible=4)
    pictures = []
    for _ in range(2):
        path = tmp_path / f"runs{suffix}"
        assert plot_trajectories(runs(), path, view) == ["states", "marginals", "samples"]
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    plot_trajectories(runs(n_runs=4), path, view)
    assert path.read_bytes() != pictures[0]


def test_what_is_drawn_stands_beside_it(tmp_path):
    path = tmp_path / "runs.svg"
    plot_trajectories(runs(failures=[0]), path, View(n_visible=4, units=[2, 7]))
    words = texts(path)
    for word in ("Run 1", "2", "7", "End states of 4 runs", "visible", "hidden"):
        assert word in words, words


def test_pictures_are_the_visible_end_states(tmp_path):
    one = Trajectories(np.array([0.0, 1.0]), np.zeros((1, 2, 5)))
    one.x[0, 1, :4] = [-1, 1, 1, -1]
    path = tmp_path / "one.png"
    assert plot_trajectories(one, path, View(["samples"], n_visible=4)) == ["samples"]
    grey = imread(path)[..., 0]
    first = grey[:, : grey.shape[1] // 12]
    dark = np.argwhere(first < 0.2)
    # the two large pixels lie on the rising diagonal
    assert np.corrcoef(dark[:, 0], dark[:, 1])[0, 1] < -0.5


def test_panels_that_do_not_fit_are_left_out(tmp_path):
    path = tmp_path / "runs.svg"
    assert plot_trajectories(runs(n_times=2), path) == ["marginals"]
    assert plot_trajectories(runs(n_times=3, n_units=9), path) == ["states", "marginals", "samples"]


@pytest.mark.parametrize(
    ("view", "error", "words"),
    [
        (View(["samples"]), DataError, "10 visible units are not a square number; name the model"),
        (View(["paths"]), ConfigError, "no panel 'paths'; choose from states, marginals, samples"),
        (View(run=5), ConfigError, "no run 5; choose 0 to 4"),
        (View(run=3), DataError, "run 3 failed: too warm; name another run"),
        (View(units=[10]), ConfigError, "no unit 10; choose 0 to 9"),
        (View(n_visible=11), ConfigError, "11 visible units don't fit runs of 10"),
    ],
)
def test_what_does_not_exist_is_refused(tmp_path, view, error, words):
    with pytest.raises(error, match=words):
        plot_trajectories(runs(failures=[3]), tmp_path / "runs.png", view)
    assert not list(tmp_path.iterdir())


def test_files_and_runs_that_show_nothing_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"'.gif'; name it .png, .svg or .pdf"):
        plot_trajectories(runs(), tmp_path / "runs.gif")
    with pytest.raises(DataError, match="all 2 runs failed"):
        plot_trajectories(runs(n_runs=2, failures=[0, 1]), tmp_path / "runs.png")
    with pytest.raises(DataError, match=r"2 saved times, at least 3 are needed.*--save-every"):
        plot_trajectories(runs(n_times=2), tmp_path / "runs.png", View(["states"]))
    with pytest.raises(DataError, match="2 saved times"):
        plot_trajectories(runs(n_times=2), tmp_path / "runs.png", View(run=0))
