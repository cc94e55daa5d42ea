"""python -m tests.differential --netlists 50000 --seed 1 [--consumer extract|twin] [--jobs 2]."""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.differential.study import CONSUMERS, Tally, draw, run_part, shrunk


def _tallies(parts: list[tuple[int, range, list[str]]], jobs: int) -> Iterator[Tally]:
    if jobs == 1:
        yield from map(run_part, parts)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context) as pool:  # its workers may have children
        yield from pool.map(run_part, parts)


def main() -> int:
    """Run the comparison and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--netlists", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--consumer", choices=list(CONSUMERS), action="append")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--show", type=int, help="print netlist number SHOW and stop")
    parser.add_argument("--shrink", type=int, help="make netlist number SHRINK small and stop")
    chosen = parser.parse_args()
    if chosen.show is not None:
        print(draw(chosen.seed, chosen.show).text)
        return 0
    if chosen.shrink is not None:
        for consumer in chosen.consumer or list(CONSUMERS):
            print(shrunk(chosen.seed, chosen.shrink, consumer))
        return 0
    began = time.perf_counter()
    consumers = chosen.consumer or list(CONSUMERS)
    whole = range(chosen.first, chosen.first + chosen.netlists)
    size = 500
    parts = [(chosen.seed, whole[k : k + size], consumers) for k in range(0, len(whole), size)]
    tally = Tally()
    for done, found in enumerate(_tallies(parts, chosen.jobs), start=1):
        tally.merge(found)
        for index, consumer, outcome in found.noted:
            if outcome.verdict in ("differs", "crash"):  # known long before the end
                print(f"{outcome.verdict} {index} {consumer}: {outcome.detail}", file=sys.stderr)
        print(f"{done * size} netlists, {tally.number('differs')} differ", file=sys.stderr)
    for index, consumer, outcome in sorted(tally.noted, key=lambda row: (row[2].verdict, row[0])):
        print(f"{outcome.verdict} {index} {consumer}: {outcome.detail}")
    for (grammar, consumer, verdict), count in sorted(tally.counts.items(), reverse=True):
        print(f"{'grammar' if grammar else 'near miss':10} {consumer:8} {verdict:10} {count}")
    for consumer in consumers:
        print(f"of the grammar accepted by {consumer}: {tally.accepted(consumer):.1%}")
    seconds = time.perf_counter() - began
    print(f"{seconds:.0f} s, {1e3 * seconds / max(len(whole), 1):.1f} ms a netlist")
    return int(tally.number("differs") > 0)


if __name__ == "__main__":
    raise SystemExit(main())
