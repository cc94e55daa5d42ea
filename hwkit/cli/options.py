"""Options that several verbs share, and how classes are written on the command line."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

import typer

import hwkit

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL.npz", help="A trained machine.")]
Seed = Annotated[int, typer.Option(min=0, help="Root of all random draws.")]
RootSeed = Annotated[
    int | None, typer.Option("--seed", min=0, help="Root seed in place of the file's.")
]
RunFolder = Annotated[
    Path | None, typer.Option("--out", help="Run folder; runs/<name of the study> by default.")
]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Worker processes for SPICE; one per core by default.")
]
Timeout = Annotated[
    float | None, typer.Option(help="Seconds that one SPICE run may take; no limit by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Runs = Annotated[int, typer.Option("--runs", "-n", min=1, help="Number of runs.")]
TimeFinal = Annotated[float, typer.Option(help="Duration in model time.")]
TimeStep = Annotated[float, typer.Option(help="Time step in model time.")]
SaveEvery = Annotated[
    int | None, typer.Option(min=1, help="Keep every n-th state; first and last by default.")
]
FromZero = Annotated[
    bool, typer.Option("--from-zero", help="Start at 0 instead of prepared, uncoupled states.")
]
Cell = Annotated[str, typer.Option(help="Circuit family.")]
PartOptions = Annotated[
    list[str] | None,
    typer.Option("--option", help="Option of the family, as saturation_volt=0.3; may be repeated."),
]
Volt = Annotated[float, typer.Option(help="Volts per unit of x.")]
Second = Annotated[float, typer.Option(help="Seconds per unit of time.")]
Farad = Annotated[float, typer.Option(help="Farads of each node.")]

LagCheck = Annotated[
    Literal["auto", "always", "never"],
    typer.Option(
        "--lag-check",
        help="Mixed level: repeat two runs with the full netlist. auto: where that is cheap.",
    ),
]


def given(context: typer.Context, name: str) -> bool:
    """Return whether an option was given on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name not in ("DEFAULT", "DEFAULT_MAP")


def refuse_unused(context: typer.Context, names: Collection[str], why: str) -> None:
    """Refuse options that were given and would change nothing.

    Raises:
        typer.BadParameter: naming the first of them, and why.
    """
    for parameter in context.command.params:
        if parameter.name in names and given(context, str(parameter.name)):
            raise typer.BadParameter(f"{parameter.opts[0]} changes nothing {why}; leave it out")


def refuse_all_but(context: typer.Context, used: Collection[str], why: str) -> None:
    """Refuse options that were given and are none of those that are used."""
    names = {str(p.name) for p in context.command.params if p.param_type_name == "option"}
    refuse_unused(context, names - {*used, "out", "as_json"}, why)


def machine_of(model: Path, trajectories: Path, runs: "hwkit.Trajectories") -> "hwkit.EnergyModel":
    """Read the machine that made runs, which were read from `trajectories`.

    Raises:
        DataError: if it has another number of units than they.
    """
    machine = hwkit.load_model(model)
    if machine.n_units != runs.n_units:
        raise hwkit.DataError(
            f"{model} has {machine.n_units} units, {trajectories} {runs.n_units}; name the machine "
            "that made the runs"
        )
    return machine


def parse_options(cell: str, pairs: list[str] | None) -> object:
    """Read `name=value` pairs as the options of a circuit family.

    Raises:
        typer.BadParameter: as `option_pairs`.
        DesignError: if the family has no such option.
    """
    from hwkit.circuit import family_options

    return family_options(cell, option_pairs(pairs))


def option_pairs(pairs: list[str] | None) -> dict[str, str]:
    """Return the names and values of `name=value` pairs.

    Raises:
        typer.BadParameter: if a pair has no equals sign, or a name is given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(
                f"{pair!r} is not an option; write it like saturation_volt=0.3"
            )
        if name in found:
            raise typer.BadParameter(f"option {name} is given twice; keep one")
        found[name] = value
    return found


def parse_classes(text: str | None) -> list[int] | None:
    """Read `0,1,2`; errors as of `parse_numbers`."""
    return parse_numbers(text, "classes", "0,1,2")


def parse_numbers(text: str | None, what: str, example: str) -> list[int] | None:
    """Read whole numbers with commas between them.

    Raises:
        typer.BadParameter: if that is not a list of whole numbers; says what and how to write it.
    """
    from hwkit.numbers import plain_count

    if text is None:
        return None
    try:
        return [plain_count(part.strip()) for part in text.split(",")]
    except hwkit.DataError:
        raise typer.BadParameter(
            f"{text!r} is not a list of {what}; write it like {example}"
        ) from None
