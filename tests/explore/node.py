"""Run the page's engine in node: calls in, results out, one process for a list of calls."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from hwkit.explore.engine import engine_source

NODE = shutil.which("node") or shutil.which("nodejs")
DRIVER = Path(__file__).with_name("driver.js")

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


def called(*calls):
    """Return the results of some calls (name, *arguments); an error is an error here."""
    results = outcomes(*calls)
    for result in results:
        assert "error" not in result, result["stack"]
    return [result.get("value") for result in results]


def outcomes(*calls):
    """Return {"value"} or {"error"} of each call."""
    content = json.dumps({"source": engine_source(), "calls": calls})
    done = subprocess.run(
        [NODE, str(DRIVER)], input=content, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
