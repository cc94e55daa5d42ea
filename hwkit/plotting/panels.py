"""A figure that shows itself; this module needs matplotlib."""

import io

from hwkit.plotting import part
from hwkit.plotting.style import canvas

part("figure")  # matplotlib before its parts

from matplotlib.figure import Figure  # noqa: E402


class Panel(Figure):
    """A figure that a notebook shows without any set-up."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        with canvas("notebook"):
            self.savefig(stream, format="png", dpi=110, facecolor="white")
        return stream.getvalue()
