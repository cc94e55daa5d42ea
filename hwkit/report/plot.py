"""Figures of one trajectories file, written to a file."""

from pathlib import Path

from hwkit.errors import ConfigError
from hwkit.files import replacing
from hwkit.plotting.runs import View, draw_runs
from hwkit.plotting.style import canvas
from hwkit.trajectories import Trajectories

FORMATS = (".png", ".svg", ".pdf")

# Neither date nor version: the same runs give the same bytes.
_METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def plot_trajectories(runs: Trajectories, path: Path | str, view: View | None = None) -> list[str]:
    """Write a figure of the runs to a .png, .svg or .pdf file; return the panels that it has.

    Raises:
        ConfigError: if the file's format, a panel, the run or a unit does not exist.
        DataError: if the runs can't fill a panel that was asked for, or all of them failed.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise ConfigError(
            f"{path} would be a figure of format {path.suffix!r}; name it .png, .svg or .pdf"
        )
    figure, panels = draw_runs(runs, view, path.stem)
    with canvas(path.stem), replacing(path) as temporary:
        figure.savefig(
            temporary, format=kind[1:], dpi=144, facecolor="white", metadata=_METADATA[kind]
        )
    return list(panels)
