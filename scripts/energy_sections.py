"""Parts of docs/validation.md: the energy ledger, and couplings of few bits."""

import json
from pathlib import Path
from typing import Any


def ledger_table(file: Path) -> str:
    """Return the ledger of each circuit beside the digital sample; nothing if there is none."""
    if not file.is_file():
        return ""
    found = json.loads(file.read_text(encoding="utf-8"))
    text = ""
    for name, ledger in found["circuits"].items():
        lines = [line for line in ledger["lines"] if line["counted"]]
        text += f"\nWhat a sample costs in the circuit {name}:\n\n"
        text += "| line | energy, pJ | rests on |\n| --- | --- | --- |\n"
        for line in lines:
            error = f" ± {line['stderr'] * 1e12:.1g}" if line["stderr"] else ""
            text += f"| {line['name']} | {line['joule'] * 1e12:.4g}{error} | {line['source']} |\n"
        digital = found["digital"][name]
        text += f"| **total** | **{ledger['total'] * 1e12:.4g}** | |\n"
        text += f"| a digital sample | {digital['joule'] * 1e12:.4g} | "
        text += (
            f"{digital['cpu_second']:.3g} s of processor time measured, {digital['source']} for "
            f"{digital['cores']} processors; {digital['flops']:.3g} floating-point operations |\n"
        )
    return text + f"\nThe totals leave out: {'; '.join(found['omitted'])}.\n"


def keep_curves(results: Path, target: Path) -> None:
    """Keep means and standard errors of a storage study."""
    found = json.loads(results.read_text(encoding="utf-8"))

    def mean(values: list[float]) -> list[float]:
        middle = sum(values) / len(values)
        squares = sum((value - middle) ** 2 for value in values)
        return [middle, (squares / (len(values) - 1) / len(values)) ** 0.5]

    def summary(entry: dict[str, Any]) -> dict[str, Any]:
        return {k: mean(entry[k]) for k in ("share", "class_share", "heat", "loss", "drift")}

    curves = {
        name: {
            bits: summary(point["repeats"]) | {"full_scale": point["full_scale"]}
            for bits, point in curve.items()
        }
        for name, curve in found["curves"].items()
    }
    references = {
        "full precision": summary(found["full_precision"]),
        "shuffled couplings": summary(found["shuffled"]),
    }
    text = json.dumps({"facts": found["facts"], **references, "curves": curves}, indent=1) + "\n"
    target.write_text(text, encoding="utf-8")


def curves(file: Path) -> str:
    """Return share and heat by bits, a column for each curve; nothing if there are none."""
    if not file.is_file():
        return ""
    found = json.loads(file.read_text(encoding="utf-8"))
    names = list(found["curves"])
    head = ["bits", *(f"{n}: share" for n in names), *(f"{n}: heat, kT" for n in names)]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for bits in found["curves"][names[0]]:
        own = [found["curves"][name][bits] for name in names]
        cells = [f"{e['share'][0]:.1%} ± {e['share'][1]:.1%}" for e in own]
        cells += [f"{e['heat'][0]:.1f} ± {e['heat'][1]:.1f}" for e in own]
        lines.append(f"| {' | '.join([bits, *cells])} |")
    whole = found["full precision"]
    cells = [f"{whole['share'][0]:.1%} ± {whole['share'][1]:.1%}"] * len(names)
    cells += [f"{whole['heat'][0]:.1f} ± {whole['heat'][1]:.1f}"] * len(names)
    lines.append(f"| full precision | {' | '.join(cells)} |")
    return "\n" + "\n".join(lines) + "\n"
