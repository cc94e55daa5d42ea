"""Run folders of the tests: a stamp, a result of text, what is in a folder."""

import os

from hwkit.files import write_text
from hwkit.study.ownership import finished

STAMP = {"hwkit": "1", "plan": {"seed": 1}}


def finished_files(folder):
    with finished(folder) as there:
        return there


def text_result(folder, name, text, calls):
    def compute():
        calls.append(name)
        return text

    return folder.result(
        name, compute, lambda value, path: write_text(path, value), lambda path: path.read_text()
    )


def snapshot(folder):
    """Content, mode and kind of everything below a folder."""
    return {
        path.relative_to(folder): (
            os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes(),
            path.lstat().st_mode,
        )
        for path in folder.rglob("*")
    }
