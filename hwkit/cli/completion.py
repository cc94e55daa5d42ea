"""`hwkit completion`: a script with which a shell completes verbs, options and their values.

The script holds all words, so that a shell answers at once and starts no Python for it. Where a
word is neither an option nor one of a few values, the shell completes names of files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer

Shell = Literal["bash", "zsh", "fish"]


@dataclass(frozen=True)
class Verb:
    """The words of a verb.

    Attributes:
        name: of the verb; empty for what is before it.
        summary: one line.
        options: its options, -n and --runs.
        values: option -> what it can be, where that is one of a few words.
        words: what its argument can be, where that is one of a few words.
    """

    name: str
    summary: str
    options: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    words: tuple[str, ...] = ()


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(help="The shell that is to complete.")],
) -> None:
    """Print a script that completes verbs in a shell. Use: eval "$(hwkit completion bash)"."""
    root: Any = context.find_root().command
    verbs = [_verb(name, command) for name, command in root.commands.items()]
    verbs.append(Verb("", "", ("--version", "--help"), {}, tuple(verb.name for verb in verbs)))
    print({"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](verbs))


def _verb(name: str, command: Any) -> Verb:
    hints = get_type_hints(command.callback, include_extras=True)
    options: list[str] = []
    values: dict[str, tuple[str, ...]] = {}
    words: tuple[str, ...] = ()
    for parameter in command.params:
        choices = _choices(hints.get(parameter.name))
        flags = tuple(text for text in parameter.opts if text.startswith("-"))
        options += [*flags, *(text for text in parameter.secondary_opts)]
        values |= {flag: choices for flag in flags if choices}
        if not flags:
            words = choices
    if name == "new":
        from hwkit.study import kind_names

        words = tuple(kind_names())
    summary = (command.help or "").partition(".")[0]
    return Verb(name, summary, (*options, "--help"), values, words)


def _choices(hint: Any) -> tuple[str, ...]:
    """Return the words that a parameter's type allows; none if it allows any."""
    if get_origin(hint) is Literal:
        return tuple(map(str, get_args(hint)))
    if get_origin(hint) is Annotated:
        return _choices(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return tuple(word for part in get_args(hint) for word in _choices(part))
    return ()


def _bash(verbs: list[Verb]) -> str:
    cases = "\n".join(_bash_cases(verbs))
    return f"""\
# Completion of hwkit in bash: eval "$(hwkit completion bash)"
_hwkit() {{
    local word verb="" words=""
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in -*) ;; *) verb="$word"; break ;; esac
    done
    local kind="word"
    case "$cur" in -*) kind="option" ;; esac
    case "$verb $prev $kind" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _hwkit hwkit"""


def _bash_cases(verbs: list[Verb]) -> Iterator[str]:
    """Yield the cases of "verb, previous word, kind of word", the first that fits is taken."""
    for verb in verbs:
        for option, values in verb.values.items():
            yield f'        "{verb.name} {option} word") words="{" ".join(values)}" ;;'
        yield f'        "{verb.name} "*" option") words="{" ".join(verb.options)}" ;;'
        if verb.words:
            yield f'        "{verb.name} "*" word") words="{" ".join(verb.words)}" ;;'


def _zsh(verbs: list[Verb]) -> str:
    return f"""\
# Completion of hwkit in zsh: eval "$(hwkit completion zsh)" after compinit
autoload -U +X bashcompinit && bashcompinit
{_bash(verbs).partition(chr(10))[2]}"""


def _fish(verbs: list[Verb]) -> str:
    return "\n".join(
        ["# Completion of hwkit in fish: hwkit completion fish | source", *_fish_lines(verbs)]
    )


def _fish_lines(verbs: list[Verb]) -> Iterator[str]:
    for verb in verbs:
        if not verb.name:
            continue
        here = f"'__fish_seen_subcommand_from {verb.name}'"
        summary = verb.summary.replace("\\", "").replace("'", "")
        yield f"complete -c hwkit -n __fish_use_subcommand -f -a {verb.name} -d '{summary}'"
        if verb.words:
            yield f"complete -c hwkit -n {here} -f -a '{' '.join(verb.words)}'"
        for option in verb.options:
            form = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            values = verb.values.get(option, ())
            given = f" -x -a '{' '.join(values)}'" if values else ""
            yield f"complete -c hwkit -n {here} {form}{given}"
