"""The command line: one file a verb, each reads, calls one library function, writes.

Exit status: 0 all limits met, 1 a limit failed, 2 bad input, 3 the simulator failed or is missing,
70 a bug; 130 stopped by Ctrl-C, 143 by SIGTERM, 141 when the reader closed the pipe.
"""

import atexit
import gc
import sys
import traceback
from contextlib import suppress
from typing import Annotated, Any

import typer

from hwkit.cli import (
    board,
    completion,
    doctor,
    endings,
    exchange,
    explore,
    machines,
    new,
    plot,
    run,
    sensitivity,
    simulate,
    train,
    validate,
)
from hwkit.cli.output import to_json
from hwkit.cli.verb import Verb
from hwkit.errors import HwkitError
from hwkit.terminal import escaped_streams, one_line

# Whatever is wrong with options and arguments; its home differs between versions of typer.
_UsageError: Any = typer.BadParameter.__base__

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From trained thermodynamic computers to circuits that run in SPICE, and back.",
)
VERBS = (  # in the order in which they are listed, each with an example
    (doctor.doctor, "doctor"),
    (train.train, "train --classes 3,4,7 --hidden-units 16 --out model.npz"),
    (simulate.sample, "sample model.npz -n 100 --out ideal.nc"),
    (machines.compile_, "compile model.npz --cell rc --out machine.cir"),
    (machines.extract, "extract machine.cir --out back.npz"),
    (exchange.import_, "import ising.txt --kt 0.5 --out model.npz"),
    (exchange.export, "export spice.nc --model model.npz --out waveforms.raw"),
    (simulate.simulate, "simulate model.npz -n 10 --jobs 2 --out spice.nc"),
    (validate.validate, "validate model.npz -n 20 --out verdict.json"),
    (board.board, "board sims/tolerance.toml 7 --out runs/tolerance"),
    (sensitivity.sensitivity, "sensitivity sims/tolerance.toml --top 10"),
    (explore.explore, "explore runs/tolerance --out bench.html"),
    (plot.plot, "plot spice.nc --show states --units 0,5,9 --out states.svg"),
    (new.new, "new storage --out mine.toml"),
    (run.report, "report runs/digits"),
    (completion.completion, "completion bash"),
    (run.run, "run sims/digits.toml --classes 3,4,7 --out runs/mine"),
)
for _function, _example in VERBS:
    _name, _epilog = _example.split()[0], f"Example: hwkit {_example}"
    app.command(_name, cls=Verb, epilog=_epilog)(_function)


def _show_version(wanted: bool) -> None:
    if wanted:
        import hwkit

        print(f"hwkit {hwkit.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Take the options that are before the verb."""
    endings.check_working_folder()


_BUG = 70  # EX_SOFTWARE of sysexits.h


def _bug(error: Exception) -> tuple[int, str]:
    """Show where a bug is; its status is never to be mistaken for a limit that failed."""
    with suppress(OSError):
        traceback.print_exception(error)
    return _BUG, f"unexpected error ({type(error).__name__}); please report it"


def main() -> None:
    """Run the command line; errors that a user can cause end in one sentence and an exit status."""
    atexit.register(gc.freeze)  # Python's search for cycles at the end takes 0.3 s, for nothing
    endings.replace_closed_streams()
    endings.end_on_sigterm()
    endings.print_warnings()
    with escaped_streams():
        try:
            status = _run(sys.argv[1:], "--json" in sys.argv)
        finally:
            endings.drop_output()
    sys.exit(status)


def _run(words: list[str], as_json: bool) -> int:
    """Run a verb, say what went wrong, return the exit status."""
    try:
        status = _call(words)
        sys.stdout.flush()  # where a full disk is still told as one, not when Python ends
        return status
    except _UsageError as error:
        endings.reword(error)
        if not as_json:
            with suppress(OSError):
                error.show(file=sys.stderr)
            return int(error.exit_code)
        status, message = error.exit_code, error.format_message()
    except HwkitError as error:
        endings.print_notes(error)
        status, message = error.exit_code, one_line(str(error))
    except (KeyboardInterrupt, typer.Abort):
        status, message = endings.INTERRUPTED, "stopped; no file is left half-written"
    except MemoryError:
        status, message = 2, "there is not enough memory; ask for fewer runs, states or units"
    except OSError as error:
        if endings.reader_left(error):
            return endings.UNREAD
        refused = endings.refusal(error)
        endings.drop_output()
        status, message = _bug(error) if refused is None else (refused.exit_code, str(refused))
    except Exception as error:
        status, message = _bug(error)
    message = endings.shortened(message)
    with suppress(OSError):  # standard output may be what is full
        if as_json:
            print(to_json({"error": message, "exit_status": status}), flush=True)
        else:
            print(f"hwkit: {message}", file=sys.stderr)
    return status


def _call(words: list[str]) -> int:
    """Call a verb; `app()` itself would answer a broken pipe with 1, as if a limit had failed."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("hwkit", words) as context:
            command.invoke(context)
    except typer.Exit as leave:
        return leave.exit_code
    return 0
