"""Which results a run folder holds, and what their bytes were when they were written.

`plan.json` is the folder's stamp: {"hwkit": version, "plan": settings}. `manifest.json`:
{"schema_version", "plan": digest of the stamp, "files": {name: {"sha256", "bytes"}}}. A file that
is not listed, or has other bytes, is no result: it was damaged, exchanged, left by a killed run, or
is somebody else's. The same results give the same bytes.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hwkit.errors import DataError
from hwkit.files import load_object, write_text

STAMP, MANIFEST, BATCHES = "plan.json", "manifest.json", "batches"
SUFFIXES = frozenset(
    {".npz", ".nc", ".json", ".cir", ".html", ".parquet", ".csv", ".zip"}
)  # of results
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Digest:
    """SHA-256 and size of a file."""

    sha256: str
    bytes: int

    @classmethod
    def of(cls, path: Path) -> "Digest":
        """Return those of a file."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return cls(digest, os.fstat(stream.fileno()).st_size)


def load_stamp(folder: Path) -> str:
    """Return the text of a run folder's stamp; nothing if it is missing or not hwkit's."""
    path = folder / STAMP
    if path.is_symlink() or not path.is_file():
        return ""
    try:
        content = load_object(path)
        return path.read_text(encoding="utf-8") if set(content) == {"hwkit", "plan"} else ""
    except (DataError, OSError, ValueError):
        return ""


def plan_digest(stamp: str) -> str:
    """Return the digest that results of a plan carry; `stamp` is the text of plan.json."""
    return hashlib.sha256(stamp.encode()).hexdigest()


def save_manifest(folder: Path, plan: str, files: Mapping[str, Digest]) -> None:
    """Write the manifest of a folder; `plan` is the plan's digest."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "plan": plan,
        "files": {name: vars(files[name]) for name in sorted(files)},
    }
    write_text(folder / MANIFEST, json.dumps(content, indent=1) + "\n")


def load_manifest(folder: Path, plan: str | None = None) -> dict[str, Digest]:
    """Return the files that a folder's manifest lists.

    Args:
        folder: the run folder.
        plan: digest of the plan they must be of; None for any.

    Raises:
        DataError: if there is no manifest, it is damaged or of another plan.
    """
    path = folder / MANIFEST
    content = load_object(path)
    if content.get("schema_version") != SCHEMA_VERSION:
        raise DataError(f"{path} is not a manifest of schema_version {SCHEMA_VERSION}")
    if plan is not None and content.get("plan") != plan:
        raise DataError(f"{path} is of another plan than {STAMP}")
    files = content.get("files")
    if not isinstance(files, dict):
        raise DataError(f"{path} lists no files")
    found = {}
    for name, entry in files.items():
        match entry:
            case {"sha256": str(digest), "bytes": int(size)} if _is_inside(name):
                found[name] = Digest(digest, size)
            case _:
                raise DataError(f"{path} has a damaged entry, {name!r}")
    return found


def is_intact(path: Path, digest: Digest) -> bool:
    """Say whether a file is there, no link, and has the bytes that the manifest says."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size != digest.bytes:
            return False
        return Digest.of(path) == digest
    except OSError:
        return False


def check_listed(path: Path | str) -> None:
    """Refuse a result of a run folder that has other bytes than it was written with.

    For whoever reads a single file; files that lie in no run folder, or that its manifest does not
    list, pass.

    Raises:
        DataError: if it has, or the folder's manifest is damaged.
    """
    file = Path(os.path.realpath(path))
    for folder in (file.parent, file.parent.parent):
        stamp = load_stamp(folder)
        if stamp and (folder / MANIFEST).exists():
            digest = load_manifest(folder, plan_digest(stamp)).get(
                file.relative_to(folder).as_posix()
            )
            if digest is not None and not is_intact(file, digest):
                raise damage(path)
            return


def damage(path: Path | str) -> DataError:
    """Return the error that says of a result that its bytes are not those that were written."""
    return DataError(
        f"{path} is not as hwkit wrote it: it was damaged, exchanged or removed; run the study "
        "again, which recomputes it"
    )


def _is_inside(name: str) -> bool:
    """Say whether a name is one that hwkit gives: a file of the folder, or of its batches."""
    *folders, file = name.split("/")
    plain = file[:1] != "." and "\\" not in file and "\0" not in file
    return plain and folders in ([], [BATCHES]) and Path(file).suffix in SUFFIXES
