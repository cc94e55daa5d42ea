"""The laws of a netlist's nodes: which current each element draws from the nodes it touches.

    C_i dv_i/dt = -( sum_j g_ij v_j + c_i v_i^3 + k_i + currents of diodes )

Collected element by element, without knowing what the netlist is meant to compute.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from hwkit.errors import NetlistError
from hwkit.netlist.polynomials import polynomial
from hwkit.netlist.reader import (
    GROUND,
    Behavioural,
    Capacitor,
    CurrentSource,
    Diode,
    Element,
    Elements,
    Resistor,
    Transconductor,
    VoltageSource,
)

_OWN_GMIN = 1e-12  # ngspice's, S


@dataclass
class Laws:
    """Currents that leave each node.

    Attributes:
        capacitance: of each node to ground, in the order of the elements, F.
        out, control, conductance: current conductance * v(control) leaves `out`, S.
        cubic: current cubic * v^3 leaves the node, A/V^3.
        constant: current that leaves the node, A.
        held: (plus, minus) -> voltage that a source holds between them, V.
        noise: two-sided density of the current into each node, A^2/Hz; NaN if it is not stated.
        diodes: the diodes.
        gmin: conductance that ngspice puts beside each of them, S.
    """

    capacitance: dict[str, float] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    control: list[str] = field(default_factory=list)
    conductance: list[float] = field(default_factory=list)
    cubic: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    constant: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    held: dict[tuple[str, str], float] = field(default_factory=dict)
    noise: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    diodes: list[Diode] = field(default_factory=list)
    gmin: float = _OWN_GMIN

    def linear(self, plus: str, minus: str, control: str, reference: str, value: float) -> None:
        """Add a current value * (v_control - v_reference) that flows from plus to minus.

        Args:
            plus, minus: nodes that the current leaves and enters.
            control, reference: nodes whose voltages drive it.
            value: transconductance, S.
        """
        for node, sign in ((plus, value), (minus, -value)):
            if node == GROUND:
                continue
            for source, weight in ((control, sign), (reference, -sign)):
                if source != GROUND:
                    self.out.append(node)
                    self.control.append(source)
                    self.conductance.append(weight)

    def flow(self, plus: str, minus: str, ampere: float) -> None:
        """A constant current flows from plus to minus."""
        for node, sign in ((plus, ampere), (minus, -ampere)):
            if node != GROUND:
                self.constant[node] += sign


def collect_laws(elements: Elements) -> Laws:
    """Return the laws of a netlist's nodes.

    Raises:
        NetlistError: naming the line, if an element has no place in a machine.
    """
    laws = Laws(gmin=_OWN_GMIN if elements.gmin is None else elements.gmin)
    for element in elements:
        if type(element) is Transconductor:
            laws.linear(
                element.plus, element.minus, element.control, element.reference, element.siemens
            )
            continue
        try:
            _collect(element, laws)
        except NetlistError as error:
            raise element.error(str(error)) from None
    return laws


def _collect(element: Element, laws: Laws) -> None:
    match element:
        case Resistor(a=a, b=b, ohm=ohm):
            laws.linear(a, b, a, b, 1 / ohm)
        case Capacitor(a=a, b=b, farad=farad):
            if a == b:
                return
            if GROUND not in (a, b):
                raise NetlistError("only capacitors from a node to ground can be part of a machine")
            node = b if a == GROUND else a
            laws.capacitance[node] = laws.capacitance.get(node, 0.0) + farad
        case CurrentSource():
            _current(element, laws)
        case VoltageSource():
            _voltage(element, laws)
        case Behavioural():
            _behavioural(element, laws)
        case Diode():
            if element.beyond:
                raise NetlistError(
                    f"parameter {element.beyond!r} of the model {element.model.name!r} is not "
                    "understood; only D(IS=... N=... EG=... XTI=... TNOM=...) is"
                )
            laws.diodes.append(element)
        case _:
            raise NetlistError("this kind of element can't be part of a machine")


def _current(element: CurrentSource, laws: Laws) -> None:
    if element.noise is not None:
        laws.noise[element.plus, element.minus] += element.noise.density
    elif element.wave is not None:
        raise NetlistError(
            f"a waveform ({element.wave.kind}) drives this node; a machine's currents are constant "
            "or noise (trnoise, external)"
        )
    laws.flow(element.plus, element.minus, element.dc)


def _voltage(element: VoltageSource, laws: Laws) -> None:
    if element.wave is not None:
        raise NetlistError(
            f"a waveform ({element.wave.kind}) drives this node; only constant voltages hold one"
        )
    ends, volt = (element.plus, element.minus), element.dc
    if ends[0] == GROUND:
        ends, volt = ends[::-1], -volt
    if ends[0] == ends[1] or ends in laws.held or ends[::-1] in laws.held:
        raise NetlistError("this voltage is held already; remove the source")
    laws.held[ends] = volt


def _behavioural(element: Behavioural, laws: Laws) -> None:
    if element.kind != "i":
        raise NetlistError("only current sources (i=...) can be part of a machine")
    terms = polynomial(element.tree)
    for node, sign in ((element.plus, 1.0), (element.minus, -1.0)):
        if node == GROUND or element.plus == element.minus:
            continue
        for names, coefficient in terms.items():
            if not names:
                laws.constant[node] += sign * coefficient
            elif len(names) == 1:
                laws.linear(node, GROUND, names[0], GROUND, sign * coefficient)
            elif names == (node,) * 3:
                laws.cubic[node] += sign * coefficient
            elif coefficient:
                raise NetlistError(f"the term {'*'.join(names)} is not in a quartic unit's force")
