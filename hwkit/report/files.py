"""The files of a run, as links on its page."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hwkit.report.rendering import Section

BENCH = "bench.html"
_MEANINGS = {
    ".nc": "trajectories (netCDF)",
    ".npz": "arrays (NumPy)",
    ".json": "values (JSON)",
    ".cir": "netlist",
    ".csv": "table (CSV)",
    ".parquet": "table (Parquet)",
    ".toml": "settings",
}
_KNOWN = {
    "model.npz": "the machine",
    "machine.npz": "the machine",
    "verdict.json": "every number of the verdict, to full precision",
    "bom.csv": "bill of materials",
}


@dataclass(frozen=True)
class FileLink:
    """A file: its name, where it is, what it holds, its size as text."""

    name: str
    href: str
    meaning: str
    size: str


@dataclass(frozen=True)
class FileLinks:
    """The files of a run, and its bench: "made", "possible" or "" for a run that has none."""

    files: list[FileLink]
    bench: str
    page: str = BENCH


def files_section(folder: Path, names: Iterable[str], has_bench: bool = False) -> Section:
    """Return the section that links the results of a run folder, a folder in it as one.

    `has_bench`: whether `hwkit explore` makes a page of the run; it is linked if it is there.
    """
    bench = "" if not has_bench else "made" if (folder / BENCH).is_file() else "possible"
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        parent, slash, _ = name.partition("/")
        groups.setdefault(parent + slash, []).append(name)
    links = [_link(folder, *group) for group in groups.items()]
    return Section("files", "Files", FileLinks(links, bench))


def _link(folder: Path, shown: str, names: list[str]) -> FileLink:
    size = _size(sum((folder / name).stat().st_size for name in names))
    meaning = f"{len(names)} files" if shown.endswith("/") else _meaning(shown)
    return FileLink(shown, quote(shown), meaning, size)


def _meaning(name: str) -> str:
    return _KNOWN.get(name) or _MEANINGS.get(Path(name).suffix, "file")


def _size(size: int) -> str:
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"
