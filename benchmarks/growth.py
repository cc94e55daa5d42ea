"""Growth of a gated training with pictures and experts: `python -m benchmarks.growth`.

8x8 digits, experts of rank 16, so that each is a solve of its own as on large pictures. Times are
of the processor and hold a part that never grows, the table of one unit's noising: what counts is
what each doubling adds, twice as much as the one before where growth is linear. Every row is
the least of three trainings.
"""

import tracemalloc

from benchmarks.timing import spent
from hwkit.patterns import whole_set
from hwkit.training import GroupPlan, Protocol, train_gated

PROTOCOL = Protocol(dt=2.5 / 32)
RANK, SAMPLES, ROUNDS = 16, 20, 3
SIZES = (
    *((pictures, 20) for pictures in (400, 800, 1600)),
    *((1600, experts) for experts in (40, 80, 160)),
)  # pictures, experts


def training(digits, pictures, experts):
    """Return a function that trains so many experts on the first pictures."""
    part, plan = digits.pictures[:pictures], [GroupPlan(experts, rank=RANK)]
    return lambda: train_gated(part, plan, samples=SAMPLES, protocol=PROTOCOL)


def peak_megabytes(action):
    tracemalloc.start()
    action()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 1e6


def main():
    digits = whole_set("digits")
    training(digits, 200, 4)()  # compiles
    print("| pictures | experts | processor, s | peak, MB |\n| --- | --- | --- | --- |")
    for pictures, experts in SIZES:
        train = training(digits, pictures, experts)
        least = min(spent(train).processor for _ in range(ROUNDS))
        print(
            f"| {pictures:,} | {experts} | {least:.2f} | {peak_megabytes(train):.0f} |", flush=True
        )


if __name__ == "__main__":
    main()
