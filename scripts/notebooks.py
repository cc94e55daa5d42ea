"""Run the notebooks and store their outputs: `python scripts/notebooks.py [NAME.ipynb ...]`.

What is stored depends on the notebook alone: cells have fixed ids in their order, and neither
times, nor versions, nor paths of the machine are kept. So running again gives the same bytes, on
one machine with the same packages. `differences` says whether two runs tell the same: their words
must be equal, and their numbers, as printed, to one unit in the last place or to RELATIVE. What
figures show is not compared.
"""

import math
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
RELATIVE = 1e-6
SECONDS = 600  # for one cell

# The first that an output has is kept: a notebook needs no second copy of a figure.
_KINDS = ("image/svg+xml", "image/png", "text/plain")
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Figures take their ids and dates from these, and text must stay text.
_SETTINGS = """
figure.dpi: 110
svg.hashsalt: hwkit
svg.fonttype: none
"""
_NUMBER = re.compile(r"(?<![\w.])[-−]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def executed(notebook: Any, folder: Path) -> Any:
    """Return a notebook with the outputs of a fresh run in `folder`.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    fresh = nbformat.from_dict(notebook)
    (folder / "matplotlibrc").write_text(_SETTINGS, encoding="utf-8")
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(fresh, timeout=SECONDS, resources=resources)
    client.extra_arguments = ["--log-level=ERROR"]  # it warns of its own TCP port, at home
    client.execute(env={**os.environ, "MATPLOTLIBRC": str(folder)})
    return cleaned(fresh)


def cleaned(notebook: Any) -> Any:
    """Return a notebook without what changes from run to run."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict(_METADATA)
    count = 0
    for place, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{place:02d}", nbformat.from_dict({})
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [_plain(output, count) for output in _joined(cell.outputs)]
    return notebook


def _joined(outputs: list[Any]) -> list[Any]:
    """Join the parts of a stream: where it is cut depends on timing."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _plain(output: Any, count: int) -> Any:
    if "data" in output:
        kind = next(kind for kind in _KINDS if kind in output.data)
        output.data = nbformat.from_dict({kind: output.data[kind]})
        output.metadata = nbformat.from_dict({})
        if "execution_count" in output:
            output.execution_count = count
    return output


def text(notebook: Any) -> list[str]:
    """Return what each code cell printed, figures left out."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(_texts(output) for output in cell.outputs) for cell in cells]


def _texts(output: Any) -> str:
    if output.output_type == "stream":
        return f"[{output.name}] {output.text}"
    data = output.get("data", {})
    return "[figure]\n" if any(kind in data for kind in _KINDS[:2]) else data.get("text/plain", "")


def differences(stored: Any, fresh: Any) -> list[str]:
    """Return what two runs of a notebook tell differently, one sentence each."""
    pairs = list(zip(text(stored), text(fresh), strict=True))
    return [
        f"code cell {place}: stored {a!r}, now {b!r}"
        for place, (a, b) in enumerate(pairs)
        if not _alike(a, b)
    ]


def _alike(a: str, b: str) -> bool:
    if _NUMBER.sub("#", a) != _NUMBER.sub("#", b):
        return False
    return all(map(_near, _NUMBER.findall(a), _NUMBER.findall(b)))


def _near(a: str, b: str) -> bool:
    first, second = (float(number.replace("−", "-")) for number in (a, b))
    mantissa, _, exponent = a.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - decimals) if "." in mantissa else 0.0
    return math.isclose(first, second, rel_tol=RELATIVE, abs_tol=1.001 * unit)


def main(names: list[str]) -> None:
    """Run notebooks, all of them if none is named, and store their outputs."""
    for path in [Path(name) for name in names] or sorted(FOLDER.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            fresh = executed(notebook, Path(folder))
        path.write_text(nbformat.writes(fresh) + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
