"""What a page knows of a machine, and which machines it refuses."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.circuit import RcOptions
from hwkit.circuit.cells.resistive import ResistiveOptions
from hwkit.circuit.variation import Spread
from hwkit.circuit.variation.distributions import Normal
from hwkit.explore.controls import checked_values, default_controls, spread_control
from hwkit.explore.description import Bench, describe
from hwkit.explore.engine import FILES, engine_source
from hwkit.model.digest import model_digest
from hwkit.tolerance import Limit
from tests.explore.benches import CELLS, small_bench
from tests.machines import family_machine


def unpacked(array):
    raw = base64.b64decode(array["base64"])
    return np.frombuffer(raw, np.dtype(array["dtype"]).newbyteorder("<")).reshape(array["shape"])


@pytest.mark.parametrize("cell", CELLS)
def test_it_is_the_design_in_json(cell):
    bench = small_bench(cell)
    found = json.loads(json.dumps(describe(bench), allow_nan=False))
    assert found["digest"] == model_digest(bench.design.model)
    assert [group["role"] for group in found["parts"]] == [p.role for p in bench.design.parts]
    for group, parts in zip(found["parts"], bench.design.parts, strict=True):
        np.testing.assert_array_equal(unpacked(group["nodes"]), parts.nodes)
        np.testing.assert_array_equal(unpacked(group["values"]), parts.values)
        for name in parts.parameters:
            np.testing.assert_array_equal(
                unpacked(group["parameters"][name]), parts.parameter(name)
            )
    np.testing.assert_array_equal(unpacked(found["terminals"]), bench.design.terminals)
    np.testing.assert_array_equal(unpacked(found["patterns"]), bench.patterns)
    assert [control["name"] for control in found["controls"]] == [c.name for c in bench.controls]


def bench_of(cell, n=4, options=None):
    design = hwkit.compile_model(family_machine(cell, n, 1, n_visible=3), cell, options=options)
    return Bench("", design, options, np.eye(3), ("a", "b", "c"), default_controls(design, options))


def refused():
    rc = small_bench("rc")
    spread = spread_control(Spread("s", "*", Normal(1.0)), "", 1.0)
    amplified = ResistiveOptions(gain_bandwidth=1e9, slew_rate=1e9)
    return {
        "rc and resistive|rc, resistive": lambda: replace(
            rc, design=hwkit.compile_model(family_machine("rlc", 4, 1), "rlc")
        ),
        "1025 units; a page simulates at most 1024": lambda: bench_of("rc", 1025),
        "inductors or voltage sources": lambda: bench_of(
            "resistive", options=ResistiveOptions(bias="resistor")
        ),
        "no equations for this resistive design": lambda: bench_of("resistive", options=amplified),
        "can't measure 'power'": lambda: replace(rc, specification=(Limit("power", 0.0, None),)),
        "more than 64 bits": lambda: replace(rc, noise_seed=2**64),
        "samples is 0": lambda: replace(rc, samples=0),
        "can't vary": lambda: replace(rc, controls=(*rc.controls, spread)),
        "divides t_final": lambda: replace(rc, dt=0.3),
    }


@pytest.mark.parametrize("words", refused())
def test_what_the_page_has_no_equations_for_is_refused(words):
    with pytest.raises((hwkit.DesignError, hwkit.ConfigError), match=words):
        describe(refused()[words]())


def test_options_are_those_that_are_not_ideal():
    options = RcOptions(output_ohm=1e7, saturation_volt=0.3)
    found = describe(bench_of("rc", options=options))
    assert found["options"] == {"output_ohm": 1e7, "saturation_volt": 0.3}
    values = {control["name"]: control["value"] for control in found["controls"]}
    assert (values["saturation"], values["supply"]) == (0.3, None)
    offset = describe(bench_of("rc", options=RcOptions(offset_volt=1e-3)))
    assert "saturation" not in {control["name"] for control in offset["controls"]}


def test_values_of_controls_are_checked():
    controls = small_bench("rc").controls
    assert checked_values(controls, {})["temperature"] == 27
    for values, words in (
        ({"couplngs": 1.0}, "unknown"),
        ({"couplings": 3.0}, "0 to 0.2"),
        ({"couplings": None}, "0 to 0.2"),
        ({"bits": 2.5}, "whole"),
    ):
        with pytest.raises(hwkit.ConfigError, match=words):
            checked_values(controls, values)


def test_the_engine_is_one_script():
    source = engine_source()
    assert len(FILES) == len(set(FILES)) == source.count("(globalThis.hwkitEngine ??= {}));")
    assert len(source) < 150_000  # of 3 MB that a page may have
    for word in ("http://", "https://", "fetch(", "importScripts"):
        assert word not in source
