"""Which results a run folder holds, and what their bytes were when they were written.

`manifest.json`: {"schema_version", "plan": digest of the stamp, "files": {name: {"sha256",
"bytes"}}}.
A file that is not listed, or has other bytes, is no result: it was damaged, exchanged, left by a
killed run, or is somebody else's. The same results give the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hwkit.errors import DataError
from hwkit.files import load_object, write_text

MANIFEST = "manifest.json"
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
            return cls(hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size)


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
        raise DataError(f"{path} is no manifest of schema_version {SCHEMA_VERSION}")
    if plan is not None and content.get("plan") != plan:
        raise DataError(f"{path} is of another plan than plan.json")
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


def _is_inside(name: str) -> bool:
    """Say whether a name is one that hwkit gives: a file of the folder, or of a folder in it."""
    parts = name.split("/")
    return 1 <= len(parts) <= 2 and all(
        part and not part.startswith(".") and "\\" not in part and "\0" not in part
        for part in parts
    )
