"""Look at a page in headless Chromium, through its debugging protocol.

    python -m tests.report.browser PAGE.html FOLDER

writes pictures of the page into FOLDER, narrow and wide, light and dark, and says what overflows.
"""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NARROW, WIDE = (390, 844), (1440, 900)
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0",
    "--no-first-run", "--disable-background-networking", "--remote-allow-origins=*",
)  # fmt: skip

# The page if it is wider than its window, and elements that make it so.
OVERFLOWING = """
document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
["the page", ...[...document.querySelectorAll("body *")].filter((one) => {
  const free = ".visually-hidden, .skip, thead, svg *, .scroll > *, .plot > *, pre > *";
  if (one.closest(free)) return false;
  const box = one.getBoundingClientRect();
  return box.width > 0 && box.right > document.documentElement.clientWidth + 1;
}).map((one) => one.outerHTML.slice(0, 120))]
"""


class Page:
    """A page in a browser: scripts to evaluate, pictures to take."""

    def __init__(self, loop, socket):
        self._loop, self._socket, self._last = loop, socket, 0

    def send(self, method, **parameters):
        """Send a command and return its result."""
        self._write(method, parameters)
        while True:
            said = self._read()
            if said.get("id") == self._last:
                assert "error" not in said, said
                return said["result"]

    def events(self, method, last):
        """Send a command and return the events from then on, until one of the name `last`."""
        self._write(method, {})
        found = []
        while not found or found[-1].get("method") != last:
            found.append(self._read())
        return found

    def _write(self, method, parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        self._loop.run_sync(lambda: self._socket.write_message(json.dumps(message)), 60)

    def _read(self):
        return json.loads(self._loop.run_sync(self._socket.read_message, 60))

    def evaluate(self, script):
        """Return the value of an expression."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path, size, dark=False, script=True):
        """Open a file in a window of a size, with or without scripts."""
        width, height = size
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self.send("Page.navigate", url=Path(path).resolve().as_uri())
        for _ in range(600):
            if self.evaluate("document.readyState") == "complete":
                return
            time.sleep(0.05)
        raise AssertionError(f"{path} does not load")

    def picture(self, path, whole=False):
        """Write a picture of the window, or of the whole page."""
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(answer["data"]))


@contextmanager
def browser():
    """Yield a page of a browser of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        loop = IOLoop(make_current=False)
        try:
            socket = loop.run_sync(
                lambda: websocket_connect(_address(profile), max_message_size=10**9), 60
            )
            page = Page(loop, socket)
            yield page
            loop.run_sync(partial(_close, socket))
        finally:
            process.terminate()
            process.wait(30)
            loop.close()


async def _close(socket):
    """Say goodbye, in the loop: Python 3.13 finds no other."""
    socket.close()


def _address(profile):
    """Return the address of the first tab, once the browser says its port."""
    port = Path(profile) / "DevToolsActivePort"
    for _ in range(1200):
        if port.exists() and port.read_text().count("\n") == 1:
            where = f"http://127.0.0.1:{port.read_text().split()[0]}/json/list"
            with urllib.request.urlopen(where, timeout=30) as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return tabs[0]["webSocketDebuggerUrl"]
        time.sleep(0.05)
    raise AssertionError("the browser does not start")


def main():
    """Take pictures of a page, and print what overflows."""
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as page:
        for name, size in (("narrow", NARROW), ("wide", WIDE)):
            for theme in ("light", "dark"):
                page.open(path, size, theme == "dark")
                page.picture(folder / f"{name}-{theme}.png")
            print(name, page.evaluate(OVERFLOWING))
            page.open(path, size)
            page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
            print(name, "opened", page.evaluate(OVERFLOWING))
            width, height = size[0], page.evaluate("document.documentElement.scrollHeight")
            page.send("Emulation.setDeviceMetricsOverride", width=width, height=min(height, 9000),
                      deviceScaleFactor=1, mobile=False)  # fmt: skip
            page.picture(folder / f"{name}-whole.png")


if __name__ == "__main__":
    main()
