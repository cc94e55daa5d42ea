import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwkit import NetlistError, compile_model, render
from hwkit.netlist import DIALECTS, render_kicad
from tests.machines import random_machine
from tests.names import named


def estimate(write):
    """The size that the refusal names, in bytes."""
    with pytest.raises(NetlistError, match="would take about") as refused:
        write(max_bytes=10)
    return 1e6 * float(str(refused.value).split("about ")[1].split(" MB")[0])


@settings(max_examples=25)
@given(
    st.integers(30, 120),
    st.sampled_from([(name, form) for name in sorted(DIALECTS) for form in DIALECTS[name].forms]),
    st.booleans(),
)
def test_the_estimate_is_what_is_written(n, language, with_names):
    dialect, form = language
    model = random_machine(n, n)
    model = named(model, [f"unit {i} of {n}" for i in range(n)]) if with_names else model
    design = compile_model(model)

    def write(**limit):
        return render(design, dialect, "none", form=form, **limit).text

    assert estimate(write) == pytest.approx(len(write()), rel=0.03)


@pytest.mark.parametrize("n", [20, 90])
def test_with_noise_written_out(n):
    design = compile_model(random_machine(n, 0, density=0.1))

    def write(**limit):
        return render(design, "xyce", t_final=1.0, dt=0.01, **limit).text

    text = write()
    assert 0.75 < 24 * 100 * n / len(text) < 1  # the bound that is checked before noise is drawn
    with pytest.raises(NetlistError, match="the netlist would take about"):
        write(max_bytes=0.99 * len(text) - 1000)
    assert write(max_bytes=1.02 * len(text)) == text


def test_kicad():
    design = compile_model(random_machine(80, 0))
    text = render_kicad(design)
    assert estimate(lambda **limit: render_kicad(design, **limit)) == pytest.approx(
        len(text), rel=0.1
    )
