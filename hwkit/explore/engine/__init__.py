"""The engine of a bench page: JavaScript that runs in a worker of the page, or in node.

Its files are classic scripts that add to one object, in this order; joined they are its source.
`worker.js` says which messages it takes and gives.
"""

from importlib.resources import files

FILES = (
    "seeds.js",
    "assembly.js",
    "noise.js",
    "normals.js",
    "distributions.js",
    "design.js",
    "board.js",
    "circuit.js",
    "product.js",
    "twin.js",
    "measured.js",
    "quality.js",
    "yield.js",
    "show.js",
    "cell.js",
    "board_files.js",
    "worker.js",
)


def engine_source() -> str:
    """Return the engine as one script."""
    folder = files(__name__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in FILES)
