"""What each word of a netlist is to hwkit: the one table that the reader and the manual follow.

    used       it changes what is read, in `extract`, `validate` and the twin alike
    harmless   it changes nothing that hwkit reads or runs: analyses, outputs, solver settings
    measured   ngspice runs it in `validate` and in device sweeps; `extract` and the twin refuse it
    refused    the remedy says what to write instead

A word that is not in the table is refused by its name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hwkit.errors import NetlistError
from hwkit.netlist.reader.lines import short

Use = Literal["used", "harmless", "measured", "refused"]


@dataclass(frozen=True)
class Rule:
    """What a word is, and what to do about one that is refused."""

    use: Use
    remedy: str = ""


USED, HARMLESS, MEASURED = Rule("used"), Rule("harmless"), Rule("measured")


def _rules(**words: str) -> dict[str, Rule]:
    rule: dict[str, Rule] = {}
    for use, names in words.items():
        rule |= {name: Rule(use) for name in names.split()}  # type: ignore[arg-type]
    return rule


def _refused(remedy: str, names: str) -> dict[str, Rule]:
    return {name: Rule("refused", remedy) for name in names.split()}


STATEMENTS: Mapping[str, Rule] = {
    **_rules(
        used=".param .params .parameter .parameters .func .subckt .ends .model .global .ic "
        ".nodeset .temp .options .option .opt .include .inc .end",
        harmless=".title .tran .op .ac .dc .noise .tf .sens .pz .disto .four .save .print "
        ".plot .probe .meas .measure .width .backanno",
    ),
    **_refused("it runs commands; hwkit runs the circuit, so remove the block", ".control .endc"),
    **_refused(
        "libraries are not read; copy the models you use into the netlist, or into a file beside "
        "it for .include",
        ".lib .endl",
    ),
    **_refused("write .subckt and .ends", ".macro .eom"),
    **_refused("write .param", ".csparam"),
    **_refused("write out the branch that applies", ".if .elseif .else .endif"),
    **_refused("hwkit runs one circuit at a time; write the value in", ".step .alter .data"),
}

# Of `.options`. What is harmless belongs to the solution, and hwkit sets its own.
OPTIONS: Mapping[str, Rule] = {
    **_rules(
        used="temp tnom gmin rshunt",
        harmless="abstol reltol vntol chgtol trtol pivtol pivrel method maxord mu itl1 itl2 itl3 "
        "itl4 itl5 itl6 gminsteps srcsteps gminfactor acct noacct list nomod node nopage numdgt "
        "opts nodes post probe ingold interp noinit noopiter noopalter savecurrents keepopinfo "
        "warn maxwarn plotwinsize minbreak lvltim klu sparse cptime limpts limtim brief autostop "
        "convstep convabsstep ramptime noopac xmu maxevtiter maxopalter",
    ),
    **_refused("write a capacitor at each node", "cshunt"),
    **_refused("write sizes in metres and values in full at each element", "scale scalm"),
    **_refused("write the size at each transistor", "defad defas defl defw defpd defps"),
    **_refused("hwkit draws the noise; remove it", "seed seedinfo"),
    **_refused("keep to the default models", "badmos3 newtrunc trytocompact bypass"),
}

_HOT = "tc1 tc2 temp dtemp"
_LTSPICE = "it is LTspice's; write it as an element of its own"
_COUPLED = "write the value in, so that mutual inductances follow from it"

# Parameters of elements, by letter; a value of its own (R1 a 0 1k) needs no name.
ELEMENT_PARAMETERS: Mapping[str, Mapping[str, Rule]] = {
    "r": {
        **_rules(used=f"r resistance m scale {_HOT}", harmless="noisy noise"),
        **_refused("write tc1= and tc2=", "tc"),
        **_refused("hwkit reads one resistance for all frequencies; write it", "ac"),
        **_refused("write the resistance in ohm", "l w"),
    },
    "c": {
        **_rules(used=f"c cap capacitance ic m scale {_HOT}", harmless="bv_max"),
        **_refused(_LTSPICE, "rser lser rpar cpar rlshunt"),
        **_refused("write the capacitance in farad", "l w q"),
    },
    "l": {
        **_rules(used="l ic"),
        **_refused(_COUPLED, f"m scale nt {_HOT}"),
        **_refused(_LTSPICE, "rser rpar cpar lser"),
        **_refused("only linear inductors are known; write the inductance", "flux hyst"),
    },
    "k": _rules(used="k"),
    "g": {
        **_rules(used="m gain"),
        **_refused("write a B source: B... plus minus i=expression", "value cur vol table poly"),
        **_refused("only constant transconductances are known", "laplace freq delay ic"),
    },
    "i": {
        **_rules(used="m"),
        **_refused("write two sources", "r td tstep"),
    },
    "v": _refused("write a resistor in series; waveforms start at 0", "r td rser cpar m z0"),
    "b": {
        **_rules(used="m"),
        **_refused("write the temperature into the expression", f"{_HOT} reciproctc"),
        **_refused("write a B source with i= or v=", "r ic noisy tripdv tripdt laplace"),
    },
    "d": {
        **_rules(used="area m temp dtemp", harmless="ic"),
        **_refused("it only helps a solver to start; remove it", "off"),
        **_refused("only the area counts here; write area=", "pj w l lm wm lp wp thermal"),
    },
    "x": _refused("write as many uses, in parallel", "m"),
}

# Parameters of `.model NAME D(...)`; one that is 0 where 0 means none is harmless.
DIODE_PARAMETERS: Mapping[str, Rule] = {
    **_rules(
        used="is js n eg xti tnom tref",
        measured="level rs cjo cj0 cj vj pb m mj tt bv ibv nbv ikf ikr ik isr nr fc kf af area pj "
        "jsw isw ns cjsw cjp mjsw php fcs tlev tlevc tcv trs trs1 trs2 tm1 tm2 tt1 tt2 cta ctc ctp "
        "tpb tvj tphp gap1 gap2 isb jtun jtunsw ntun xtitun keg vp tnbv tcv1",
    ),
    **_refused("write it at the diode", "temp dtemp"),
}
ZERO_MEANS_NONE = frozenset(
    [
        "rs",
        "cjo",
        "cj0",
        "cj",
        "tt",
        "kf",
        "cjsw",
        "cjp",
        "isr",
        "isw",
        "jsw",
        "ikf",
        "ikr",
        "ik",
        "jtun",
        "jtunsw",
        "trs",
        "trs1",
        "trs2",
        "isb",
    ]
)
MODEL_KINDS: Mapping[str, Rule] = {
    **_rules(used="d", measured="npn pnp nmos pmos njf pjf nmf pmf vdmos vdmosn vdmosp sw"),
    **_refused("write the value at the element", "r res c cap l ind"),
    **_refused("write an expression of a B source", "csw urc ltra txl cpl"),
}
ELEMENTS: Mapping[str, Rule] = {
    **_rules(used="b c d g i k l r v x", measured="e j m q s z"),
    **_refused("write a G source that takes the voltage across a resistor", "f h"),
    **_refused("write switches as S, driven by a voltage", "w"),
    **_refused("write capacitors, inductors and resistors", "t u o y p"),
    **_refused("code models and compiled models can run programs; write a B source", "a n"),
}


def rule(table: Mapping[str, Rule], what: str, name: str) -> Rule:
    """Return what a word is.

    Raises:
        NetlistError: with the remedy, if it is refused; "X is not known" if it is not in the table.
    """
    found = table.get(name)
    if found is None:
        raise NetlistError(f"{what} {short(name)!r} is not understood; remove it")
    if found.use == "refused":
        raise NetlistError(f"{what} {name!r} is refused: {found.remedy}")
    return found


TABLES: Mapping[str, Mapping[str, Rule]] = {
    "Statements": STATEMENTS,
    "Options": OPTIONS,
    "Elements": ELEMENTS,
    **{f"Parameters of {k.upper()}": table for k, table in ELEMENT_PARAMETERS.items()},
    "Kinds of model": MODEL_KINDS,
    "Parameters of a diode's model": DIODE_PARAMETERS,
}


def manual() -> Iterator[str]:
    """Yield the tables as lines of Markdown, for the manual."""
    yield "| words | what they are |"
    yield "| --- | --- |"
    for title, table in TABLES.items():
        for meaning, words in _by_meaning(table).items():
            yield f"| {title}: {', '.join(f'`{word}`' for word in words)} | {meaning} |"


def _by_meaning(table: Mapping[str, Rule]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, is_ in table.items():
        meaning = f"refused: {is_.remedy}" if is_.use == "refused" else is_.use
        found.setdefault(meaning, []).append(word)
    return found
