"""Study files: TOML in, the validated plan of its kind out, one sentence about what is wrong."""

from pathlib import Path
from typing import Any

from hwkit.errors import ConfigError
from hwkit.settings.reading import read_toml
from hwkit.study.kinds import kind_names, load_kind
from hwkit.study.sections import StudyFile

DEFAULT_KIND = "equivalence"


def load_plan(
    path: Path | str,
    classes: list[int] | None = None,
    seed: int | None = None,
    folder: Path | str | None = None,
) -> StudyFile:
    """Read a study file of any kind; a file that names none is an equivalence study.

    Args:
        path: the TOML file.
        classes: classes of the data set in place of the file's.
        seed: root seed in place of the file's.
        folder: folder of the data set in place of the file's.

    Returns:
        The plan, of its kind's type.

    Raises:
        ConfigError: if the file is missing, not TOML, or asks for what does not exist.
    """
    content = read_toml(path, "study file")
    name = content.get("kind", DEFAULT_KIND)
    try:
        plan = load_kind(name if isinstance(name, str) else repr(name)).plan
        _check_fits(plan, content)
        if seed is not None:
            content["seed"] = seed
        _replace_data(plan, content, classes, folder)
        made: StudyFile = plan(**(content | {"kind": name}))
    except ConfigError as error:
        raise ConfigError(f"study file {path}: {error}") from error
    return made


def _check_fits(plan: type[StudyFile], content: dict[str, Any]) -> None:
    """Name the kind that a file without one seems to be."""
    unknown = set(content) - set(plan.model_fields)
    if "kind" in content or not unknown:
        return
    for name in kind_names():
        if set(content) <= set(load_kind(name).plan.model_fields):
            raise ConfigError(
                f"{min(unknown)} is not a setting of an equivalence study, which a file without a "
                f"kind is; if this is a {name} study, add the line kind = {name!r}"
            )


def _replace_data(
    plan: type[StudyFile],
    content: dict[str, Any],
    classes: list[int] | None,
    folder: Path | str | None,
) -> None:
    """Put settings of the table `data` in place of the file's; None keeps the file's."""
    given = {"classes": classes, "folder": None if folder is None else str(folder)}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return
    if "data" not in plan.model_fields:
        raise ConfigError("this kind of study has no data set; leave --classes and --data out")
    table = content.setdefault("data", {})
    if isinstance(table, dict):
        content["data"] = table | given
