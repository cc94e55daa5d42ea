"""Rows of a benchmark that may be stopped: one line of JSON for each board, in a file."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hwkit.fidelity import wilson

Row = dict[str, Any]


def rows(folder: Path, name: str, seeds: Iterable[int], work: Callable[[int], Row]) -> list[Row]:
    """Return a row for each seed; those in the file are not computed again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    done: dict[int, Row] = {row["seed"]: row for row in map(json.loads, lines)}
    asked = list(seeds)
    for seed in asked:
        if seed not in done:
            done[seed] = {"seed": seed, **work(seed)}
            with path.open("a") as file:
                file.write(json.dumps(done[seed]) + "\n")
    return [done[seed] for seed in asked]


def counted(part: int, whole: int) -> str:
    """Return a count with the 95 % interval of its share."""
    low, high = wilson(part, whole)
    low, high = (float(f"{100 * end:.2g}") for end in (low, high))
    return f"{part} of {whole} ({low:g} to {high:g} %)"
