"""A generative study of 8x8 digits that takes seconds."""

from hwkit.study.kinds.generative.plan import GenerativePlan


def small_plan(**changes):
    """Return all parts of a study at small size, but for SPICE."""
    content = {
        "name": "small",
        "seed": 5,
        "dt": 0.01,
        "data": {"source": "digits", "classes": [0, 1, 2]},
        "machine": {"n_hidden": 16},
        "training": {
            "fields": ["repeat", "projection"],
            "batch_cycles": 3,
            "online_cycles": 2,
            "held_out": 2,
        },
        "heat": {"samples": 16, "dt": 0.02},
        "sweep": {"times": [0.5, 1.0], "samples": 8, "dt": 0.02},
        "search": {
            "hidden": ["repeat", "codes"],
            "amplitudes": [1.0],
            "noising": [[1.25, 1.5]],
            "biases": ["all"],
            "observations": [1.0, 2.5],
            "first": 8,
            "keep": 1,
            "second": 16,
            "dt": 0.02,
        },
        "found": {
            "settings": {"t_final": 1.25, "strength": 1.5, "biases": "all", "observation": 2.5},
            "samples": 64,
            "control_samples": 64,
            "spice_samples": 0,
            "dt": 0.02,
        },
    }
    return GenerativePlan.model_validate(content | changes)
