"""Raw files as ngspice and LTspice write them, in all layouts; spicelib reads them as well."""

import subprocess

import numpy as np
import pytest
from spicelib import RawRead

from hwkit import DataError
from hwkit.netlist import read_raw

TIME = np.arange(8) * 1e-6
OUT, IN = np.arange(8) * 0.1, np.cos(np.arange(8))


def header(flags, names=("time", "V(out)", "V(in)"), points=8, command="", part="Binary:"):
    kinds = ["time"] + ["voltage"] * (len(names) - 1)
    listed = [f"\t{i}\t{n}\t{k}" for i, (n, k) in enumerate(zip(names, kinds, strict=True))]
    lines = ["Title: * a", "Date: today", "Plotname: Transient Analysis", f"Flags: {flags}"]
    lines += [f"No. Variables: {len(names)}", f"No. Points: {points}", "Offset: 0.0"]
    lines += [f"Command: {command}"] if command else []
    return "\n".join([*lines, "Variables:", *listed, part, ""])


LT = "Linear Technology Corporation LTspice XVII"


def by_points(others="<f4"):
    rows = np.zeros(8, dtype=[("t", "<f8"), ("o", others, 2)])
    rows["t"], rows["o"] = TIME, np.stack([OUT, IN], axis=1)
    return rows.tobytes()


def by_vectors(others="<f4"):
    return TIME.astype("<f8").tobytes() + OUT.astype(others).tobytes() + IN.astype(others).tobytes()


FILES = {
    "ngspice": header("real").encode() + by_points("<f8"),
    "LTspice": header("real forward", command=LT).encode("utf-16-le") + by_points(),
    "LTspice, marked": b"\xff\xfe" + header("real forward").encode("utf-16-le") + by_points(),
    "LTspice, one byte": header("real forward", command=LT).encode() + by_points(),
    "LTspice, fast": header("real fastaccess", command=LT).encode("utf-16-le") + by_vectors(),
    "LTspice, double": header("real double", command=LT).encode("utf-16-le") + by_points("<f8"),
    "LTspice, numdgt": header("real forward", command=LT).encode("utf-16-le") + by_points("<f8"),
    "LTspice, fast and double":
        header("real fastaccess double", command=LT).encode("utf-16-le") + by_vectors("<f8"),
    "fast": header("real fastaccess").encode() + by_vectors("<f8"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_layout_is_read(tmp_path, name):
    (tmp_path / "a.raw").write_bytes(FILES[name])
    [plot] = read_raw(tmp_path / "a.raw")
    np.testing.assert_array_equal(plot["time"], TIME)
    np.testing.assert_allclose(plot["V(out)"], OUT, rtol=1e-7)
    np.testing.assert_allclose(plot["V(in)"], IN, rtol=1e-7)


@pytest.mark.parametrize("name", ["ngspice", "LTspice", "LTspice, fast", "LTspice, double"])
def test_spicelib_reads_the_same(tmp_path, name):
    (tmp_path / "a.raw").write_bytes(FILES[name])
    dialect = "ngspice" if name == "ngspice" else "ltspice"
    theirs = RawRead(str(tmp_path / "a.raw"), dialect=dialect, verbose=False)
    [ours] = read_raw(tmp_path / "a.raw")
    for vector in ("V(out)", "V(in)"):
        np.testing.assert_allclose(theirs.get_trace(vector).get_wave(), ours[vector], rtol=1e-12)


def test_compressed_points_of_ltspice_have_their_time(tmp_path):
    rows = np.frombuffer(by_points(), dtype=[("t", "<f8"), ("o", "<f4", 2)]).copy()
    rows["t"][3] *= -1
    head = header("real forward", command=LT).encode("utf-16-le")
    (tmp_path / "a.raw").write_bytes(head + rows.tobytes())
    np.testing.assert_array_equal(read_raw(tmp_path / "a.raw")[0]["time"], TIME)


def test_compressed_points_have_their_time_in_text_too(tmp_path):
    rows = "".join(f"{k} {-k} 0 0\n" for k in range(8))
    (tmp_path / "a.raw").write_text(header("real", command=LT, part="Values:") + rows)
    np.testing.assert_array_equal(read_raw(tmp_path / "a.raw")[0]["time"], np.arange(8))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header("complex").encode() + bytes(1000), "holds 'complex' values, not real ones"),
        (header("real forward stepped", command=LT).encode() + by_points(), "runs of a .step"),
        (header("real", part="Values:").encode() + b"0 1_0 2 3\n" * 8, "don't make a table"),
        (FILES["ngspice"][:-1], "is cut off: 191 of 192 bytes"),
        (FILES["LTspice"][:-9], "is cut off"),
        (header("real", part="Values:").encode() + b"0 1 2 3\n", "is damaged|is cut off"),
        (header("real", part="Values:").encode() + b"9 1 2 3\n" * 8, "not counted 0, 1, 2"),
        (header("real", part="Values:").encode() + b"0 a 2 3\n" * 8, "don't make a table"),
        (header("real", points=10**12).encode() + bytes(100), "don't fit it"),
        (b"PK\x03\x04", "is not a raw file"),
    ],
)
def test_what_is_none_is_refused(tmp_path, content, words):
    (tmp_path / "a.raw").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_raw(tmp_path / "a.raw")


def test_a_vector_that_is_not_there_is_named(tmp_path):
    (tmp_path / "a.raw").write_bytes(FILES["ngspice"])
    with pytest.raises(DataError, match=r"no vector 'V\(x\)'; it has time, V\(out\), V\(in\)"):
        read_raw(tmp_path / "a.raw")[0]["V(x)"]


@pytest.mark.spice
def test_ngspice_writes_the_same_in_both_forms(tmp_path):
    plots = {}
    for form in ("binary", "ascii"):
        (tmp_path / "a.cir").write_text(
            "title\nV1 a 0 sin(0 1 1k)\nR1 a b 1k\nC1 b 0 1u\n.control\nset numdgt=17\n"
            f"set filetype={form}\ntran 10u 1m\nwrite {form}.raw\n.endc\n.end\n"
        )
        subprocess.run(["ngspice", "-b", "a.cir"], cwd=tmp_path, capture_output=True, check=False)
        [plots[form]] = read_raw(tmp_path / f"{form}.raw")
    assert plots["ascii"].names == plots["binary"].names
    assert plots["binary"]["time"][-1] == pytest.approx(1e-3)
    np.testing.assert_allclose(plots["ascii"].values, plots["binary"].values, rtol=1e-14)
