"""A bench page in a browser: waits for its runs, presses its keys, reads what it shows."""

import json
import time

WATCH = """
window.watched = { long: [], wrong: [] };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) watched.long.push(one.duration);
}).observe({ type: "longtask", buffered: true });
addEventListener("error", (event) => watched.wrong.push(event.message));
addEventListener("securitypolicyviolation", (event) =>
  watched.wrong.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const name of ["error", "warn"]) {
  console[name] = (...words) => watched.wrong.push(words.join(" "));
}
"""


class BenchPage:
    """A page that is open in a browser; `page` is the browser's."""

    def __init__(self, page):
        self.page = page
        page.send("Page.enable")
        page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def open(self, path, size, **options):
        self.page.open(path, size, **options)
        self.wait("document.documentElement.classList.contains('opened')")
        return self

    def tasks(self, path, size):
        """Milliseconds of the processor that tasks of the main thread take, from the start on.

        Other programs hold tasks up on the clock; their own time is that of a machine at rest.
        """
        self.page.send("Tracing.start", categories="toplevel", transferMode="ReportEvents")
        self.open(path, size)
        self.wait("hwkitBench.yields && hwkitBench.frame.step > 100")
        said = self.page.events("Tracing.end", "Tracing.tracingComplete")
        parts = [m["params"]["value"] for m in said if m.get("method") == "Tracing.dataCollected"]
        events = [event for part in parts for event in part]
        mains = {
            (e["pid"], e["tid"]) for e in events
            if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
        }  # fmt: skip
        own = [e for e in events if (e["pid"], e["tid"]) in mains and e["name"].endswith("RunTask")]
        return sorted((e["tdur"] / 1000 for e in own if "tdur" in e), reverse=True)

    def read(self, expression):
        """The value of an expression, through JSON: arrays of numbers as lists."""
        plain = "(k, v) => (ArrayBuffer.isView(v) ? Array.from(v) : v)"
        return json.loads(self.page.evaluate(f"JSON.stringify({expression} ?? null, {plain})"))

    def wait(self, condition, seconds=60):
        for _ in range(int(seconds / 0.05)):
            if self.page.evaluate(f"Boolean({condition})"):
                return
            time.sleep(0.05)
        raise AssertionError(f"{condition} did not come true: {self.read('hwkitBench.errors')}")

    def click(self, name):
        self.page.evaluate(f"document.getElementById({name!r}).click()")

    def press(self, key):
        """Press a key where the focus is."""
        code = {"Tab": 9, "Enter": 13, "ArrowRight": 39}.get(key, 0)
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        shown = {"key": key, "windowsVirtualKeyCode": code}
        self.page.send("Input.dispatchKeyEvent", type="keyDown", text=text, **shown)
        self.page.send("Input.dispatchKeyEvent", type="keyUp", **shown)

    def quiet(self):
        """Nothing goes on by itself: no yield, no noise after a run, all speed."""
        self.page.evaluate(
            "document.getElementById('repeat').checked = false;"
            "hwkitBench.worker.postMessage({ type: 'pause' });"
            "hwkitBench.worker.postMessage({ type: 'yield', on: false });"
            "hwkitBench.worker.postMessage({ type: 'speed', stepsPerSecond: null })"
        )
        self.wait("hwkitBench.frame && !hwkitBench.frame.running")

    def turn(self, values):
        """Move sliders: name of a control -> value; None switches it off."""
        self.page.evaluate(f"hwkitBench.turnAll({json.dumps(values)})")

    def run_to_end(self):
        """Restart the run, and return the frame of its end."""
        before = self.read("hwkitBench.frame.run")
        self.click("restart")
        self.wait(f"hwkitBench.frame.run > {before} && hwkitBench.frame.ended")
        return self.read("hwkitBench.frame")

    def saved(self, what):
        """What a button saves, as text."""
        self.page.evaluate("hwkitBench.saved = null")
        self.click(f"save-{what}")
        self.wait("hwkitBench.saved")
        return self.read("hwkitBench.saved.text")
