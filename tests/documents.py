"""What the tests of documents share: the project's scripts as modules, and links in Markdown."""

import importlib.util
import re
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"


def script(name):
    """Return a file of scripts/, which is no package, as a module."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def links(text):
    """Return the files that Markdown links to."""
    return re.findall(r"\]\((?!https?://|#)([^)#]+)[^)]*\)", text)
