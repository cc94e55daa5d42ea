"""Errors that a user can cause: one sentence naming thing, value, limit and remedy."""


class HwkitError(Exception):
    """Base of every error raised on purpose by hwkit; `exit_code` is the command line's answer."""

    exit_code = 2


class DataError(HwkitError, ValueError):
    """Numbers or files that can't be a model, a data set or a result."""


class ConfigError(HwkitError, ValueError):
    """A setting outside its limits, or a study file that asks for what does not exist."""


class DesignError(HwkitError, ValueError):
    """A model that the chosen circuit family can't realise."""


class NetlistError(HwkitError, ValueError):
    """Netlist text that can't be read as a thermodynamic circuit."""


class SimulationError(HwkitError, RuntimeError):
    """The simulator is missing, failed, or returned states that can't be right."""

    exit_code = 3


class InstrumentError(HwkitError, RuntimeError):
    """An instrument that does not answer, refuses, or answers what can't be right."""

    exit_code = 3
