"""Settings that change nothing are refused, in every plan, by name; all others are accepted."""

from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from hwkit import ConfigError
from hwkit.energy import UNITS
from hwkit.settings.needs import Needs, Unused
from hwkit.study import load_plan
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.energy.plan import NEEDED, EnergyPlan
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.study.kinds.sampler.plan import SamplerPlan
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.tolerance.plan import TolerancePlan

SPECIFIED = {"specification": [{"metric": "heat", "min": 0.0}]}
PRICES = {
    name: {"value": 1.0, "unit": unit, "source": "user-set"}
    for name, unit in UNITS.items()
    if name in NEEDED
}
# What every plan of a kind must be given.
PLANS = {
    EquivalencePlan: {},
    TolerancePlan: SPECIFIED,
    CodesignPlan: {},
    BreadboardPlan: {"candidates": [{}]},
    EnergyPlan: {"circuits": [{"name": "a"}], "prices": PRICES},
    GenerativePlan: {"training": {}},
    StoragePlan: {"curves": [{"name": "a", "rounding": "nearest"}]},
    SpeedupPlan: {},
    SamplerPlan: {},
}
# Settings that have an effect whatever the others are. A new setting belongs here, or into the
# rules of its plan: which of the others does it need?
ALWAYS = {
    "data": "source classes",
    "machine": "n_hidden projection_seed onsite J2 J4 kT mobility biases",
    "protocol": "t_final dt",
    "circuit": "cell volt second farad options quality",
    "generation": "dt samples ideal_samples level save_every",
    "checks": "drift_states order_paths implicit_paths known_answers",
    "distribution": "spice_runs",
    "budget": "runs boards",
    "boards": "count paths dt batch mode sampling required level interval fresh samples t_final "
    "recognisable class_share offset_volt celsius condition_count",
    "stop": "half_width target",
    "spread": "name parts distribution relative share correlation",
    "gradient": "name parts sigma",
    "drift": "per_kelvin per_decade",
    "environment": "celsius kelvin",
    "temperature": "parts kind slope_ppm bound_ppm",
    "grades": "target boards currency",
    "group": "name kind parts percent price pieces temperature distribution",
    "fault": "name parts kind probability",
    "quantised": "parts bits per",
    "specification": "metric min max",
    "check": "boards",
    "sensitivity": "top sobol_boards",
    "curves": "boards name rounding full_scale",
    "rare": "boards",
    "paper": "J2 J4 kT",
    "graph": "kind",
    "hardware": "onsite saturation",
    "noising": "t_final dt strength weights",
    "mismatch": "coupling lot offset bias bias_offset onsite",
    "candidates": "classes rows columns couplings",
    "choice": "classes pixels recognisable class_share alike samples fresh_samples dt",
    "parts": "farad diode diode_ampere diode_emission series bias_volt smallest_bias noise_volt "
    "noise_second input_ohm gain gain_bandwidth capacitor resistor inductor noise readout "
    "parasitic boards",
    "runs": "samples dt passive bandwidths",
    "circuits": "cell volt second farad options name onsite dt samples halved",
    "probe": "units t_final",
    "digital": "dt samples",
    "prices": "value unit source",
    "training": "fields batch_cycles online_cycles held_out",
    "sweep": "times samples dt",
    "search": "hidden noising biases weights observations first keep second dt",
    "found": "samples control_samples spice_samples dt",
    "settings": "hidden t_final strength biases weights observation",
    "repeats": "count samples dt",
    "glyphs": "classes rows columns",
    "speed": "factors runs ideal_runs scheme_runs path_runs dt control_factor",
    "relaxation": "units coupling runs settle length dt",
    "causes": "options noise_second tolerance",
    "matrix": "cells density seed",
    "samples": "count dt spacing close",
    "limits": "variant path correlation recognisable class_share share_difference min_plain_loss "
    "extraction recovered median_recovered max_regression share imbalance probe probe_imbalance "
    "control heat share_margin heat_margin drift passive resolution exponent power "
    "stream_correlation",
    "heat": "samples quoted dt",
    "": "kind name title seed kT J2 J4 dt variants stage samples_per_program bits published",
}


def section_of(annotation):
    """The section that a setting is, or is a list, table or choice of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(section_of, get_args(annotation))), None)


def leaves(kind, path=()):
    for name, field in kind.model_fields.items():
        inner = section_of(field.annotation)
        yield from leaves(inner, (*path, name)) if inner else [(*path, name)]


def rules(kind, path=()):
    for rule in getattr(kind, "rules", ()):
        yield kind, path, rule
    for name, field in kind.model_fields.items():
        inner = section_of(field.annotation)
        if inner:
            yield from rules(inner, (*path, name))


def constructed(kind, settings):
    """A section with some settings given, by dotted name; nothing is validated."""
    tops = {}
    for name, value in settings.items():
        top, _, rest = name.partition(".")
        if rest:
            tops.setdefault(top, {})[rest] = value
        else:
            tops[top] = value
    for top, value in tops.items():
        inner = section_of(kind.model_fields[top].annotation)
        if inner and isinstance(value, dict):
            section = constructed(inner, value)
            tops[top] = [section] if "list" in str(kind.model_fields[top].annotation) else section
    return kind.model_construct(_fields_set=set(tops), **tops)


def off(kind, name):
    """The value with which a setting is off: none where that is the default, else 0."""
    *path, last = name.split(".")
    for part in path:
        kind = section_of(kind.model_fields[part].annotation)
    return None if kind.model_fields[last].default is None else 0


NEEDS = [
    pytest.param(kind, rule, name, id=f"{plan.__name__}-{'.'.join((*path, name))}-{rule.on}")
    for plan in PLANS
    for kind, path, rule in rules(plan)
    if isinstance(rule, Needs)
    for name in rule.settings.split()
]


@pytest.mark.parametrize(("kind", "rule", "name"), NEEDS)
def test_a_setting_that_changes_nothing_is_refused_by_name(kind, rule, name):
    without = {on: "another" if rule.values else off(kind, on) for on in rule.on.split()}
    words = rule.broken(constructed(kind, without | {name: "given"}))
    assert f"{{p}}{name} changes nothing while" in words
    assert f"or leave {{p}}{name} out" in words
    assert all(f"{{p}}{other}" in words for other in without)
    assert rule.broken(constructed(kind, without)) is None  # control: it was not given
    for other in without:
        one = without | {other: rule.values[0] if rule.values else 3}
        assert rule.broken(constructed(kind, one | {name: "given"})) is None
    for each in (name, *without):
        check_path(kind, each)


def check_path(kind, name):
    """See that there is a setting of a dotted name."""
    for part in name.split("."):
        assert part in kind.model_fields, (kind, name)
        kind = section_of(kind.model_fields[part].annotation) or kind


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.__name__)
def test_every_setting_of_every_plan_needs_something_or_always_has_an_effect(plan):
    gated = {
        (*path, *name.split("."))
        for _, path, rule in rules(plan)
        if isinstance(rule, Needs | Unused)
        for name in getattr(rule, "settings", getattr(rule, "setting", "")).split()
    }
    for leaf in leaves(plan):
        if any(leaf[: len(start)] == start for start in gated):
            continue
        section = leaf[-2] if len(leaf) > 1 else ""
        assert leaf[-1] in ALWAYS[section].split(), (plan.__name__, leaf)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.__name__)
def test_plans_of_defaults_and_their_dumps_are_accepted(plan):
    made = plan.model_validate({"name": "a", **PLANS[plan]})
    assert plan.model_validate(made.model_dump()) == made
    assert plan.model_validate(made.model_dump(mode="json")) == made


def test_the_dump_of_a_whole_plan_is_accepted_again():
    spread = {
        "parts": "coupling",
        "distribution": "normal",
        "sigma": 0.1,
    }  # numbers of a distribution beside it
    made = TolerancePlan.model_validate({"name": "a", "spread": [spread], **SPECIFIED})
    assert TolerancePlan.model_validate(made.model_dump()) == made
    off = GenerativePlan.model_validate({"name": "a", "sweep": {"times": [1.0]}, "heat": None})
    assert GenerativePlan.model_validate(off.model_dump()) == off


ACCEPTED = [
    (EquivalencePlan, {"distribution": {"controls": ["swap"], "fewer_runs": [400]}}),
    (EquivalencePlan,
     {"budget": {"runs": 2, "causes": [{"name": "a", "options": {"offset_volt": 1e-3}}]}}),
    (EquivalencePlan, {"machine": {"hidden": "projection", "projection_seed": 3}}),
    (EquivalencePlan, {"generation": {"level": "mixed", "lag_check": "never"}}),
    (EquivalencePlan, {"checks": {"implicit_paths": 0}, "distribution": {"controls": ["swap"]},
                 "limits": {"implicit": 1e-6}}),
    (TolerancePlan, {"spread": [{"parts": "coupling", "sigma": 0.1}],
                     "budget": {"boards": 2, "target": 0.9}}),
    (TolerancePlan, {"stop": {"target": 0.9, "wave": 2}}),
    (TolerancePlan, {"drift": [{"parts": "coupling", "per_kelvin": 1e-3}],
                     "environment": {"kelvin": 350.0}}),
    (TolerancePlan, {"spread": [
        {"parts": "coupling", "sigma": 0.1, "share": "lot", "group": "g", "correlation": 0.5},
        {"parts": "bias", "sigma": 0.1, "share": "lot", "group": "g", "correlation": 0.5}]}),
    (CodesignPlan, {"graph": {"kind": "regular", "degree": 3, "codes": 1, "amplitude": 2.0}}),
    (CodesignPlan, {"variants": ["robust"], "limits": {"variant": "robust", "share": 0.5},
                    "mismatch": {"coupling": 0.1}, "robust": {"factors": [1.0]}}),
    (GenerativePlan, {"found": {"settings": {"hidden": "codes", "amplitude": 2.0}},
                      "limits": {"path": 0.1}}),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "document"), ACCEPTED)
def test_a_setting_whose_need_is_met_is_accepted(plan, document):
    assert plan.model_validate({"name": "a", **PLANS[plan], **document})


REFUSED = [
    (EquivalencePlan,
     {"distribution": {"spice_runs": 10, "controls": ["swap"], "fewer_runs": [5, 20]}},
     r"fewer_runs is \[5, 20\], .* at most 10"),
    (EquivalencePlan, {"generation": {"samples": 4}, "checks": {"order_paths": 5}},
     "order_paths is 5"),
    (TolerancePlan, {"boards": {"paths": 3}, "check": {"paths": 4}}, r"check\.paths is 4"),
    (TolerancePlan, {"drift": [{"parts": "a", "per_kelvin": 1e-3}]}, r"drift\.0\.per_kelvin"),
    (TolerancePlan, {"environment": {"hours": 10.0}}, r"environment\.hours changes nothing"),
    (TolerancePlan, {"spread": [{"parts": "a", "share": "lot", "group": "g", "correlation": 1}]},
     r"spread\.0\.correlation changes nothing: its group 'g' has this one"),
    (CodesignPlan, {"limits": {"variant": "robust"}}, "not among the variants aware"),
    (EnergyPlan, {"machine": {"onsite": "cosh"}}, r"machine\.onsite changes nothing: each"),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "document", "words"), REFUSED)
def test_other_settings_without_effect_are_refused(plan, document, words):
    with pytest.raises(ValidationError, match=words):
        plan.model_validate({"name": "a", **PLANS[plan], **document})


def test_braces_in_a_value_stay_as_they_are(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('name = "a"\n[budget]\nruns = 2\n[[budget.causes]]\nname = "b"\n')
    with pytest.raises(ConfigError, match=r"causes\.0\.name changes .*options is \{\}, budget"):
        load_plan(file)


def test_a_file_is_refused_in_one_sentence_with_the_whole_name(tmp_path):
    file = tmp_path / "study.toml"
    kind = 'kind = "tolerance"\nname = "a"\n'
    file.write_text(f"{kind}[budget]\nboards = 0\ntarget = 0.9\n")  # the default, and given
    words = (
        r"study\.toml: budget\.target changes nothing while budget\.boards is 0; set "
        r"budget\.boards, or leave budget\.target out$"
    )
    with pytest.raises(ConfigError, match=words):
        load_plan(file)
    spread = '[[spread]]\nparts = "coupling"\nsigma = 0.1\n'
    spread += '[[specification]]\nmetric = "heat"\nmin = 0.0\n'
    file.write_text(f"{kind}[budget]\nboards = 0\n{spread}")  # left out, as documented
    load_plan(file)
    file.write_text(
        'name = "a"\n[limits]\ndistribution_resolution = 0.1\n[distribution]\nspice_runs = 0\n'
    )
    with pytest.raises(
        ConfigError, match=r"limits\.distribution_resolution .* distribution\.spice_runs is 0"
    ):
        load_plan(file)
