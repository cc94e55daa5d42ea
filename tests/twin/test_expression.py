import numpy as np
import pytest

import hwkit
from hwkit.netlist.reader import read_elements
from hwkit.twin.expression import cubic_coefficient, evaluate, template

GOOD = [
    ("2e-6*v(a)*v(a)*v(a)", lambda a, b: 2e-6 * a**3),
    ("-1e-8*0.3*tanh((v(a)-(-0.01))/0.3)", lambda a, b: -3e-9 * np.tanh((a + 0.01) / 0.3)),
    ("1m*(max(v(a,b)-0.2,0)+min(v(a,b)+0.2,0))",
     lambda a, b: 1e-3 * (max(a - b - 0.2, 0) + min(a - b + 0.2, 0))),
    ("{v(a)*exp(-v(b))/(1+v(b)*v(b))}", lambda a, b: a * np.exp(-b) / (1 + b * b)),
    ("sinh(v(a))+cosh(v(b))-abs(v(a))+uramp(v(b))",
     lambda a, b: np.sinh(a) + np.cosh(b) - abs(a) + max(b, 0)),
]  # fmt: skip


def read_expression(text):
    """Template, numbers and voltages of a source's expression, through the reader of netlists."""
    [source] = read_elements(f"t\nB1 a 0 i={text}\n.end\n").elements
    return template(source.tree)


def at(text, a, b):
    tree, numbers, voltages = read_expression(text)
    nodes = {"a": np.array(a), "b": np.array(b), "0": np.array(0.0)}
    controls = [nodes[p] - nodes[m] for p, m in voltages]
    value, slopes = evaluate(tree, [np.array(n) for n in numbers], controls)
    return float(value), {voltages[k]: float(s) for k, s in slopes.items()}


@pytest.mark.parametrize(("text", "law"), GOOD)
@pytest.mark.parametrize(("a", "b"), [(0.1, 0.25), (-0.7, 0.2), (0.5, -0.4)])
def test_values_and_slopes(text, law, a, b):
    value, slopes = at(text, a, b)
    assert value == pytest.approx(law(a, b), rel=1e-14)
    h = 1e-6
    for (plus, minus), slope in slopes.items():
        if minus == "0":
            da, db = (h, 0) if plus == "a" else (0, h)
        else:
            da, db = h, 0
        numerical = (law(a + da, b + db) - law(a - da, b - db)) / (2 * h)
        assert slope == pytest.approx(numerical, rel=1e-6, abs=1e-12)


def test_the_junction_is_continuous_where_ngspice_changes_its_formula():
    def junction(u):
        value, _ = evaluate(("junction", ("voltage", 0)), [], [np.array(u)])
        return float(value)

    assert junction(-3 - 1e-9) == pytest.approx(junction(-3 + 1e-9), rel=1e-8)
    assert junction(-30.0) == pytest.approx(-1 + (0.1 / np.e) ** 3)
    with pytest.raises(hwkit.NetlistError, match="function 'junction' is not understood"):
        read_expression("junction(v(a))")


def test_signs_of_numbers_share_a_template():
    assert read_expression("-2*v(a)")[0] == read_expression("3*v(b)")[0]
    assert read_expression("-2*v(a)")[1] == [-2.0]


def test_cubics_are_recognised():
    assert cubic_coefficient(read_expression("v(a)*2*v(a)*v(a)")[0]) == 0
    for other in ("2*v(a)*v(a)", "2*v(a)*v(a)*v(b)", "2*3*v(a)*v(a)*v(a)", "2*v(a)*v(a)/v(a)"):
        assert cubic_coefficient(read_expression(other)[0]) is None


@pytest.mark.parametrize("text", ["v(a)^3", "v(a)**3", "pow(v(a),3)", "i(v1)", "__import__('os')",
                                  "v(a) if v(b) else 1", "2*", "time", "sgn(v(a))"])  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(hwkit.NetlistError):
        read_expression(text)
