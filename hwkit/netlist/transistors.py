"""Lines of transistors in ngspice: model cards from numbers, one flat `M` line per transistor.

The cards keep the foundry's names (`nfet_03v3.10`), so that ngspice chooses the bin by W and L as
it does in the foundry's library. Areas and perimeters of junctions are not written: ngspice takes
those of its default geometry, 13 fF at the node of a pair of I0 = 0.5 uA, where the library's
subcircuits take 0. The form "library" includes the foundry's files themselves and uses their
devices; it needs those files wherever it is run.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.pdk import CARDS, Calls, Card, Process
from hwkit.circuit.transistors import Transistors
from hwkit.errors import NetlistError
from hwkit.netlist.dialects import Spice
from hwkit.netlist.size import Block, Rows
from hwkit.netlist.subcircuits import machine_line, subcircuit_blocks

Models = Literal["cards", "library"]

# A conductance beside every junction, by default 1e-3 of the smallest currents here.
TRANSISTOR_OPTIONS = "gmin=1e-16"

_PER_LINE = 4
_NUMBER = "{!r}"


def transistor_blocks(
    design: Design, language: Spice, models: Models = "cards", hierarchical: bool = False
) -> Iterator[Block]:
    """Yield temperature, models and transistors of a design; nothing if it has none.

    Hierarchical: as subcircuits, of which the machine is one.

    Raises:
        NetlistError: if the dialect knows no transistors, or the foundry's files are asked for and
            the design's process does not come from them.
    """
    if not design.transistors:
        return
    process = design.process
    if process is None:
        raise NetlistError("the design has transistors but no process that they belong to")
    if language.name != "ngspice":
        if hierarchical:
            raise NetlistError(
                f"subcircuits of transistors are not written for {language.name}; use form 'flat'"
            )
        yield from _unbinned_blocks(design, language, process, models)
        return
    yield Block.of([language.comment(_title(process)), f".temp {_NUMBER.format(design.celsius)}"])
    yield Block.of(
        f".nodeset v({design.nodes[node]})={_NUMBER.format(volt)}" for node, volt in design.guesses
    )
    if models == "library":
        yield Block.of(_includes(process))
    else:
        for card in _cards(design, process):
            yield Block.of(card_lines(card))
    calls = process.library.calls if models == "library" and process.library else CARDS
    if hierarchical:
        yield from subcircuit_blocks(design, calls)
        yield machine_line(design)
        return
    for group in design.transistors:
        yield Block.of([language.comment(f"{group.role}: {len(group)} transistors")])
        yield _group_block(design, group, calls)


def _unbinned_blocks(
    design: Design, language: Spice, process: Process, models: Models
) -> Iterator[Block]:
    """Yield cards and transistors for a simulator that chooses no bin by W and L itself."""
    if models == "library":
        raise NetlistError(
            f"the foundry's files are ngspice's, not {language.name}'s; use models = 'cards'"
        )
    for card in _cards(design, process):
        numbers = {name: _number(name, value) for name, value in card.parameters.items()}
        yield Block.of(language.transistor_card(_card_name(card), card.kind, numbers))
    names = [*design.nodes, "0"]
    for group in design.transistors:
        if np.any(group.threshold) or np.any(group.mobility != 1):
            raise NetlistError(
                f"{group.role}: mismatch is not written for dialect {language.name}; use 'ngspice'"
            )
        if group.copies > 1:
            raise NetlistError(
                f"{group.role}: devices in parallel are not written for dialect {language.name}; "
                "use 'ngspice'"
            )
        model = _card_name(process.card(group.device, group.width, group.length))
        size = _NUMBER.format(group.width), _NUMBER.format(group.length)
        role = group.role.replace("-", "_")
        yield Block.of(
            language.transistor(f"{role}_{k}", [names[node] for node in ends], model, *size)
            for k, ends in enumerate(group.nodes.tolist())
        )


def _card_name(card: Card) -> str:
    return f"{card.device}_{card.number}"


def _title(process: Process) -> str:
    where = process.library.source if process.library else "embedded numbers"
    lot = ", one lot's" if process.lot else ""
    return f"{process.name} at corner {process.corner}{lot}: {where}"


def _cards(design: Design, process: Process) -> tuple[Card, ...]:
    used = [process.card(group.device, group.width, group.length) for group in design.transistors]
    return tuple({(card.device, card.number): card for card in used}.values())


def card_lines(card: Card) -> list[str]:
    """Return a card as lines."""
    lines = [f".model {card.device}.{card.number} {card.kind} level=54"]
    numbers = [
        f"{name}={_number(name, value)}"
        for name, value in card.parameters.items()
        if name != "level"
    ]
    rows = range(0, len(numbers), _PER_LINE)
    return [*lines, *("+ " + " ".join(numbers[k : k + _PER_LINE]) for k in rows)]


def _number(name: str, value: float) -> str:
    return str(value) if name == "version" else _NUMBER.format(value)


def _includes(process: Process) -> list[str]:
    if process.library is None or process.lot:
        raise NetlistError(
            "the foundry's files hold its corners only, and these models are "
            + ("a lot's" if process.lot else "the embedded numbers")
            + "; compile with models = 'foundry' at a corner"
        )
    settings = [process.library.settings] if process.library.settings else []
    return [
        *(f'.include "{file}"' for file in settings),
        f'.lib "{process.library.models}" {process.corner}',
    ]


def _group_block(design: Design, group: Transistors, calls: Calls) -> Block:
    names = [*design.nodes, "0"]
    role = group.role.replace("-", "_")
    device, size = calls.device(group.device), calls.size(group.width, group.length)
    size += f" m={group.copies}" if group.copies > 1 else ""
    plain = not (np.any(group.threshold) or np.any(group.mobility != 1))
    if calls.letter == "X" and not plain:
        raise NetlistError("mismatch is drawn in flat lines; the foundry's subcircuits draw theirs")

    def lines(rows: Rows) -> Iterator[str]:
        numbers = np.arange(len(group))[rows].tolist()
        shifts = zip(group.threshold[rows].tolist(), group.mobility[rows].tolist(), strict=True)
        for k, ends, (volt, factor) in zip(
            numbers, group.nodes[rows].tolist(), shifts, strict=True
        ):
            nodes = " ".join(names[node] for node in ends)
            line = f"{calls.letter}{role}_{k} {nodes} {device} {size}"
            yield line if plain else f"{line} delvto={volt!r} mulu0={factor!r}"

    return Block(len(group), lines)
