"""Make a netlist that differs as small as it can be while it still differs."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.differential.sample import Sample


def shrink(sample: Sample, differs: Callable[[Sample], bool], most: int = 400) -> Sample:
    """Drop lines, then words, as long as the netlist differs.

    Args:
        sample: a netlist that differs.
        differs: says whether another one does too.
        most: netlists that are tried.
    """
    tries = 0
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(sample.text):
            tries += 1
            if tries > most:
                return sample
            candidate = replace(sample, text=smaller)
            if differs(candidate):
                sample, progress = candidate, True
                break
    return sample


def _smaller(text: str) -> Iterator[str]:
    lines = text.split("\n")
    for k in range(len(lines) - 1, -1, -1):
        yield "\n".join([*lines[:k], *lines[k + 1 :]])
    for k, line in enumerate(lines):
        words = line.split(" ")
        for j in range(len(words) - 1, 0, -1):
            yield "\n".join([*lines[:k], " ".join([*words[:j], *words[j + 1 :]]), *lines[k + 1 :]])
