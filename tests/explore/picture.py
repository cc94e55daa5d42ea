"""Take the picture of a bench page that the manual shows.

    python -m tests.explore.picture BENCH.html docs/assets/bench.png

The offsets are turned to 20 mV, and the picture is taken at the end of a run.
"""

import io
import sys
from pathlib import Path

from PIL import Image

from tests.explore.bench_page import BenchPage
from tests.report.browser import browser

SIZE = (1280, 800)
COLOURS = 96


def main():
    """Open the page, turn the offsets, wait for the end of the run and some boards."""
    path, picture = Path(sys.argv[1]), Path(sys.argv[2])
    with browser() as opened:
        page = BenchPage(opened).open(path, SIZE)
        page.page.evaluate("document.getElementById('repeat').checked = false")
        page.turn({"offsets": 0.02})
        page.run_to_end()
        page.wait("hwkitBench.yields && hwkitBench.yields.boards >= 50", 120)
        page.page.picture(picture)
    image = Image.open(io.BytesIO(picture.read_bytes())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


if __name__ == "__main__":
    main()
