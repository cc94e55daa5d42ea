"""Text of files on a terminal: shown, not obeyed."""

import io
import json
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from hwkit.cli.output import progress_bars, to_json
from hwkit.terminal import escaped_streams, one_line, shown

# What a terminal, a pager or a browser would obey or hide.
CONTROLS = [
    *(chr(code) for code in range(0x20) if chr(code) != "\n"),
    *(chr(code) for code in range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # writing direction
    *"\u200e\u200f\u061c",  # marks of direction
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u115f\u180e",  # no width, or no ink
    *"\u2028\u2029",  # separators of lines
    *"\U000e0041\ud800\ue000",  # tags, half a character, private use
]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: f"{ord(c):04x}")
def test_controls_are_escaped(control):
    text = shown(f"a{control}b")
    assert text == f"a{control.encode('unicode_escape').decode()}b"
    assert text.isascii()


def test_letters_of_all_scripts_stay():
    for text in ("naïve µF Ω", "Привет", "日本語", "שלום", "e\u0301", "±×−√", "two\nlines"):
        assert shown(text) == text
    assert one_line("two\nlines") == r"two\nlines"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@contextmanager
def standard_streams():
    """Put a terminal in the place of both streams; a fixture would come before pytest's own."""
    stream = Terminal()
    with redirect_stdout(stream), redirect_stderr(stream):
        yield stream


EVIL = "\x1b]0;title\x07 \x9b2J \u202ec"
SAFE = r"\x1b]0;title\x07 \x9b2J \u202ec"


PROGRAM = """
import logging, sys, warnings
from contextlib import nullcontext
from hwkit.terminal import escaped_streams
evil = sys.argv[2]
with escaped_streams() if sys.argv[1] == "escaped" else nullcontext():
    print(evil, file=sys.stderr)
    sys.stderr.writelines([evil, chr(10)])
    logging.getLogger("somewhere").warning("%s", evil)
    warnings.warn(evil)
"""


def printed(how):
    command = [sys.executable, "-c", PROGRAM, how, EVIL]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_whatever_is_printed_is_escaped():
    """Prints, logs and warnings; not in this process, where pytest takes them."""
    text = printed("escaped")
    assert text.count(SAFE) == 4
    assert not set(CONTROLS) & set(text)
    assert printed("plain").count(EVIL) == 4  # the control


def test_a_stream_that_lacks_a_letter_shows_its_number():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    with redirect_stdout(stream), escaped_streams():
        print("Ω")
    stream.flush()
    assert raw.getvalue() == b"\\u03a9\n"


def test_names_of_stages_are_escaped_in_bars_and_bars_are_drawn():
    with standard_streams() as terminal, escaped_streams(), progress_bars() as announce:
        announce(f"{EVIL} [link=https://example.org]name[/link]")(1, 2)
        print(f"meanwhile {EVIL}", file=sys.stderr)
    text = terminal.getvalue()
    assert SAFE.split()[0] in text
    assert "[link=" in text  # no markup
    assert "\x1b]" not in text
    assert not {"\x9b", "\u202e", "\x07"} & set(text)
    assert "\x1b[" in text  # the control: rich's own


def test_json_stays_json():
    facts = {"name": "".join(CONTROLS), "other": "\x7f"}
    with standard_streams() as terminal, escaped_streams():
        print(to_json(facts))
    assert json.loads(terminal.getvalue()) == facts
    assert terminal.getvalue().isascii()
    assert "\x7f" not in terminal.getvalue()
