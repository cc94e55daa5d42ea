"""Read TOML files of any size that somebody may have written by hand."""

import tomllib
from pathlib import Path
from typing import Any

from hwkit.errors import ConfigError
from hwkit.files import read_text, why

_LARGEST = 1_000_000  # bytes


def read_toml(path: Path | str, what: str) -> dict[str, Any]:
    """Return the content of a TOML file; `what` it is called in refusals, such as "study file".

    Raises:
        ConfigError: if the file is missing or not TOML.
    """
    try:
        size = Path(path).stat().st_size
        if size > _LARGEST:
            raise ConfigError(f"{what} {path} has {size} bytes; none needs over {_LARGEST}")
        return tomllib.loads(read_text(path))
    except OSError as error:
        raise ConfigError(f"{what} {path} can't be read: {why(error)}") from error
    except RecursionError as error:
        raise ConfigError(f"{what} {path} nests its values too deeply") from error
    except ConfigError:
        raise
    except ValueError as error:  # not TOML, not UTF-8, a number of thousands of digits
        raise ConfigError(f"{what} {path} is not valid TOML: {why(error)}") from error
