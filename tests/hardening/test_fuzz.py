"""A few hundred changed files for each reader, and every input that was once a finding."""

import io
import zipfile

import numpy as np
import pytest

import hwkit
from hwkit import ConfigError, DataError, NetlistError
from hwkit.langevin import TimeGrid
from hwkit.model import clamp_units, import_ising, import_model, import_qubo
from hwkit.netlist.foreign import foreign_netlist
from hwkit.netlist.reader import number, read_elements
from hwkit.netlist.reading import read_netlist
from hwkit.study import load_plan
from tests.hardening import fuzz, targets

INPUTS = {"parser": 150, "models": 400, "studies": 400, "traces": 300, "trajectories": 300}
HEADER = "title\n.param hwkit_volt=1 hwkit_second=1 hwkit_kt=1 hwkit_mobility=1 hwkit_visible=1\n"


@pytest.mark.parametrize("name", INPUTS)
def test_changed_files_are_read_or_refused(name):
    fuzzer = fuzz.Fuzzer(name, seed=7)
    for data in fuzzer.corpus:
        fuzzer.read(data)
    # Some hold what is to be refused, and a circuit with inductors is not measured node by node.
    assert fuzzer.counts["read"] > 0.6 * len(fuzzer.corpus)
    for _ in range(INPUTS[name]):
        fuzzer.read(fuzzer.generate())
    assert fuzzer.kinds == {}
    assert fuzzer.counts["refused"] > INPUTS[name] // 4


@pytest.mark.parametrize(
    ("reader", "kind"),
    [
        (lambda data: 1 / len(data[:0]), "ZeroDivisionError"),
        (lambda data: np.sqrt(np.array([-1.0])), "RuntimeWarning"),
        (lambda data: exec("raise SystemExit"), "SystemExit"),
        (lambda data: [None] * 10**15, "MemoryError"),
    ],
)
def test_control_a_reader_that_breaks_is_a_finding(reader, kind, monkeypatch):
    broken = targets.Target(reader, lambda: [b"x"], lambda data, corpus, rng: data)
    monkeypatch.setitem(targets.TARGETS, "broken", broken)
    fuzzer = fuzz.Fuzzer("broken")
    assert kind in fuzzer.read(fuzzer.generate())
    assert len(fuzzer.findings) == 1


def test_control_a_slow_reader_is_a_finding(monkeypatch):
    monkeypatch.setattr(targets, "SECONDS", 0.0)
    broken = targets.Target(lambda data: sum(range(10**5)), lambda: [b"x"], None)
    monkeypatch.setitem(targets.TARGETS, "broken", broken)
    assert "slow" in fuzz.Fuzzer("broken").read(b"x")


# ---- netlists: each of these ended in another exception, or took minutes ------------------------


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("l0 x0 0 1\nr0 x0 0 1\nb0 x0 0", "too short"),
        ("l0 x0 0 1\nr0 x0 0 1\ni0 x0 0", "too short"),
        ("l0 x0 0 1\nr0 x0 0 1\ni0 x0 0 dc", "dc needs a value"),
        ("l0 x0 0 1\nr0 x0 0 1\nc0 x0 0 1e308\nc1 x0 0 1e308", "not a machine with a bounded"),
        ("c0 x0 0 1e-320\nr0 x0 0 1e-300", "J holds|unbounded|finite"),
        ("c0 x0 0 1\nb0 x0 0 i=v(x0)*_0_", "'_0_' is not defined"),
        ("c0 x0 0 1\nb0 x0 0 i=2k5*v(x0)", "'2k5' is not a number"),
        ("c0 x0 0 1\nb0 x0 0 i=1_0*v(x0)", "'1_0' is not a number"),
        ("c0 x0 0 1\nb0 x0 0 i=0x10*v(x0)", "'0x10' is not a number"),
    ],
)
def test_netlists_that_are_no_machine(lines, words):
    with pytest.raises(NetlistError, match=words):
        hwkit.extract_model(f"{HEADER}{lines}\n.end\n")


def test_a_scale_whose_powers_overflow():
    text = HEADER.replace("volt=1", "volt=1e200") + "c0 x0 0 1\nr0 x0 0 1\n.end\n"
    with pytest.raises(NetlistError, match="can't be computed with"):
        hwkit.extract_model(text)


def test_subcircuits_are_not_written_out_without_end(monkeypatch):
    monkeypatch.setattr("hwkit.netlist.reader.subcircuits.MAX_BYTES", 1e5)
    body = "\n".join(f"c{i} a 0 1" for i in range(200))
    uses = "\n".join(f"x{i} n{i} cell" for i in range(200))
    with pytest.raises(NetlistError, match=r"larger than 0\.1 MB"):
        read_elements(f"title\n.subckt cell a\n{body}\n.ends\n{uses}\n.end\n")


@pytest.mark.parametrize(
    "line",
    [
        "c0 x0 0 " + "1" * 200_000 + "!",
        "x0 a cell" + " " * 200_000 + "b",
        ".param " + "a" * 200_000,
        "d0 a b " + "file" * 50_000,
        "x0 a cell p={" + "a" * 200_000 + "(b)}",
    ],
)
def test_long_words_take_no_longer_than_they_are(tmp_path, line):
    """Each of these took a time that grows with the square of its length: minutes."""
    path = tmp_path / "long.cir"
    definition = ".subckt cell a p=1\nb1 a 0 i={" + "q" * 100_000 + "(p)}\n.ends"
    path.write_text(f"title\n{definition}\n{line}\n.end\n")
    for read in (lambda: hwkit.extract_model(path.read_text()), lambda: _foreign(path)):
        with pytest.raises(NetlistError):
            read()


def _foreign(path):
    return foreign_netlist(read_netlist(path), ["x0"])


@pytest.mark.parametrize("noise", ["1e200 1 0 0", "1 -1 0 0", "1e-9"])
def test_noise_of_no_strength(tmp_path, noise):
    path = tmp_path / "noise.cir"
    path.write_text(f"title\nc0 x0 0 1\nin0 0 x0 trnoise({noise})\n.end\n")
    with pytest.raises(NetlistError, match="trnoise"):
        _foreign(path)


def test_numbers_keep_their_suffixes():
    assert number("1.5meg") == 1.5e6
    assert number("2.k") == 2e3


# ---- models ------------------------------------------------------------------------------------


def archive(path, members, compressed=False):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else 0) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_an_archive_with_a_member_that_is_no_array(tmp_path):
    path = archive(tmp_path / "m.npz", {"J.npy": npy(np.zeros((2, 2))), "kT": b"0.1"})
    with pytest.raises(DataError, match="'kT', which is not an array"):
        hwkit.load_model(path)


def test_an_archive_that_unpacks_to_far_more_than_it_is(tmp_path):
    content = npy(np.zeros(20_000_000))
    path = archive(tmp_path / "bomb.npz", {"J.npy": content}, compressed=True)
    with pytest.raises(DataError, match="would unpack to 160 MB"):
        hwkit.load_model(path)


def test_indices_that_are_no_whole_numbers(tmp_path):
    arrays = {"schema_version": 1, "onsite": "quartic", "b": np.zeros(2), "kT": 0.1}
    arrays |= {"J_data": np.ones(2), "J_indices": np.array([np.nan, 0]), "J_indptr": [0, 1, 2]}
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(DataError, match="J_indices must hold whole numbers"):
        hwkit.load_model(tmp_path / "m.npz")


def sparse_model(path, **changed):
    couplings = {"J_data": np.ones(2), "J_indices": [1, 0], "J_indptr": [0, 1, 2]}
    rest = {"onsite": "quartic", "onsite_J2": 1.0, "onsite_J4": 1.0, "b": np.zeros(2), "kT": 0.1}
    whole = {"schema_version": 1, "mobility": 1.0, "n_visible": 2}
    np.savez(path, **couplings | rest | whole | changed)
    return path


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"J_indptr": np.array([0, -(2**31), 2], dtype=np.int32)}, "J_indptr holds -2147483648"),
        ({"J_indptr": np.array([0, 2**29, 0], dtype=np.int32)}, "J_indptr falls"),
        ({"names": np.array([2**31 - 1, 65], dtype="<u4").view("<U1")}, "names that are not text"),
        ({"onsite_J2": -1e308, "onsite_J4": 0.0}, "J2 of unit 0 .* at most 1e"),
    ],
)
def test_arrays_on_which_libraries_break(tmp_path, changed, words):
    assert hwkit.load_model(sparse_model(tmp_path / "good.npz")).is_sparse  # control
    with pytest.raises(DataError, match=words):
        hwkit.load_model(sparse_model(tmp_path / "m.npz", **changed))


def test_a_clamped_unit_whose_field_overflows():
    model = hwkit.EnergyModel([[0, 1e300], [1e300, 0]], [0.0, 0.0])
    with pytest.raises(DataError, match=r"b\[0\] is inf"):
        clamp_units(model, {0: 1e300})


@pytest.mark.parametrize("value", [1e308, 1e-308, 0.0, float("nan")])
def test_scales_whose_powers_are_no_numbers(value):
    with pytest.raises(hwkit.DesignError, match=r"volt is .*; it must be a number above 0"):
        hwkit.Scale(volt=value)


@pytest.mark.parametrize(
    ("bonds", "words"), [("0 1 2", "a bond is two units"), ("nan 1", "word 1"), ("1e300 1", "bond")]
)
def test_bonds_that_are_none(tmp_path, bonds, words):
    (tmp_path / "numbers.txt").write_text("0.5 0 0")
    (tmp_path / "bonds.txt").write_text(bonds)
    with pytest.raises(DataError, match=words):
        import_model(tmp_path / "numbers.txt", bonds=tmp_path / "bonds.txt")


@pytest.mark.parametrize("value", ["a", 10**400, None, [1, 2], 1j, float("nan")])
def test_entries_that_are_no_numbers(value):
    with pytest.raises(DataError):
        import_ising({"a": value}, {})
    with pytest.raises(DataError):
        import_qubo({("a", "b"): value})
    with pytest.raises(DataError):
        import_model({"J": [[0, value], [1, 0]]})


def test_couplings_whose_sum_overflows():
    with pytest.raises(DataError, match="the barrier is inf"):
        import_ising({}, {("a", "b"): 1e308, ("a", "c"): 1e308})


def test_arrays_with_ragged_rows():
    with pytest.raises(DataError, match="J is not an array"):
        import_model({"J": [[0, 1], [1]]})


# ---- studies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = " + "9" * 5000, "not valid TOML"),
        ("a = " + "[" * 5000, "too deeply"),
        ("#" * 1_000_001, "none needs over"),
    ],
)
def test_files_that_are_no_study(tmp_path, text, words):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_plan(path)


TOLERANCE = "kind = 'tolerance'\nname = 'x'\n[[specification]]\nmetric = 'heat'\nmin = 0\n"


@pytest.mark.parametrize("numbers", ["sigma = true", "sigma = " + "9" * 400, "sigma = [1]"])
def test_distributions_with_numbers_that_are_none(tmp_path, numbers):
    path = tmp_path / "study.toml"
    path.write_text(f"{TOLERANCE}[[spread]]\nparts = 'coupling'\n{numbers}\n")
    with pytest.raises(ConfigError, match="give a number"):
        load_plan(path)


def test_measured_deviations_must_be_a_list_of_numbers(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        f"{TOLERANCE}[[spread]]\nparts = 'coupling'\n"
        "distribution = 'table'\ndeviations = ['a', 1]\n"
    )
    with pytest.raises(ConfigError, match="give a list of numbers"):
        load_plan(path)


@pytest.mark.parametrize(("t_final", "dt"), [(1e300, 1e-300), (1.0, 1e-12)])
def test_more_steps_than_can_be_counted(t_final, dt):
    with pytest.raises(ConfigError, match="above the limit of"):
        TimeGrid(t_final, dt)
