"""Somebody's first minute with a bench page, scripted, as frames to look at.

    python -m tests.explore.first_try BENCH.html FOLDER [SECONDS]

writes a picture every two seconds, and all of them on one sheet.
"""

import io
import sys
import time
from pathlib import Path

from PIL import Image

from tests.explore.bench_page import BenchPage
from tests.report.browser import browser

SIZE, SMALL, ACROSS, EVERY = (1280, 800), (480, 300), 4, 2.0
ACTIONS = (  # second of a minute, what is done then
    (6, lambda page: page.turn({page.read("Object.keys(hwkitBench.values)[0]"): 0.1})),
    (12, lambda page: page.click("new-board")),
    (18, lambda page: page.press("w")),
    (24, lambda page: page.page.evaluate("hwkitBench.follow(20, 3)")),
    (30, lambda page: page.page.evaluate("document.getElementById('one-unit').scrollIntoView()")),
    (36, lambda page: page.page.evaluate("scrollTo(0, 0)")),
    (38, lambda page: page.click("nominal")),
    (44, lambda page: page.press("p")),
    (46, lambda page: page.press(".")),
    (48, lambda page: page.press("p")),
    (52, lambda page: page.click("reset")),
)


def frames(path, folder, seconds):
    """Yield the pictures' files; the script is stretched to some seconds."""
    with browser() as opened:
        page = BenchPage(opened).open(path, SIZE)
        began, left = time.monotonic(), list(ACTIONS)
        for number in range(int(seconds / EVERY)):
            while left and left[0][0] * seconds / 60 <= time.monotonic() - began:
                left.pop(0)[1](page)
            file = folder / f"frame-{number:02}.png"
            page.page.picture(file)
            yield file
            time.sleep(max(0, began + EVERY * (number + 1) - time.monotonic()))
        print(page.read("[watched.wrong, hwkitBench.errors]"))


def main():
    """Write the frames and a sheet of them."""
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60.0
    folder.mkdir(parents=True, exist_ok=True)
    files = list(frames(path, folder, seconds))
    wide, high = SMALL
    sheet = Image.new("RGB", (ACROSS * wide, -(-len(files) // ACROSS) * high))
    for number, file in enumerate(files):
        picture = Image.open(io.BytesIO(file.read_bytes())).convert("RGB").resize(SMALL)
        sheet.paste(picture, (number % ACROSS * wide, number // ACROSS * high))
    sheet.save(folder / "sheet.png")


if __name__ == "__main__":
    main()
