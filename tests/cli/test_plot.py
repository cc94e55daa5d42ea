"""`hwkit plot`: a figure, or one sentence."""


def test_runs_become_a_figure(cli, model_file, tmp_path):
    cli("sample", model_file, "-n", 3, "--t-final", 0.1, "--dt", 0.01, "--save-every", 2)
    answer = cli("plot", "ideal.nc", "--model", model_file, "--out", "figure.svg", "--json")
    assert answer.status == 0
    assert answer.json == {"figure": "figure.svg", "panels": ["states", "marginals"]}
    assert "</svg>" in (tmp_path / "figure.svg").read_text("utf-8")
    assert cli("plot", "ideal.nc", "--visible", 4, "--show", "samples").status == 0
    assert (tmp_path / "runs.png").read_bytes().startswith(b"\x89PNG")


def test_bad_input_ends_in_one_sentence(cli, model_file, written, tmp_path):
    cli("sample", model_file, "-n", 2, "--t-final", 0.1, "--dt", 0.01, "--save-every", 2)
    (tmp_path / "text.nc").write_text("no netCDF")
    before = written()
    for arguments, words in [
        (("nothing.nc",), "nothing.nc"),
        (("text.nc",), "text.nc is not a trajectories file"),
        (("ideal.nc", "--out", "figure.bmp"), "name it .png, .svg or .pdf"),
        (("ideal.nc", "--show", "samples"), "5 visible units are not a square number"),
        (("ideal.nc", "--units", "0,7"), "there is no unit 7"),
        (("ideal.nc", "--visible", 6), "6 visible units don't fit"),
    ]:
        answer = cli("plot", *arguments)
        assert answer.status == 2
        assert words in answer.complaint
    assert "write it like 0,5,9" in cli("plot", "ideal.nc", "--units", "0;7").err
    assert written() == before


def test_another_machine_is_refused(cli, model_file):
    cli("train", "--classes", "0", "--hidden-units", 0, "--out", "other.npz")
    cli("sample", model_file, "-n", 2, "--t-final", 0.1, "--dt", 0.01)
    answer = cli("plot", "ideal.nc", "--model", "other.npz")
    assert answer.status == 2
    assert "other.npz has 64 units, ideal.nc 5" in answer.complaint
