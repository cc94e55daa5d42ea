"""Use hwkit in a folder that its maker wants obeyed, and count what was.

    python -m tests.hardening.hostile

Each verb runs in a clean folder and in the hostile one of `tests.hostile`, as `hwkit` and as
`python -m hwkit`; so does a study whose run folder is then made hostile too, and its page. Counted
are canaries (code that ran), files whose bytes differ from the clean folder's, hostile files that
changed, files that appeared anywhere else, and, where strace is installed, hostile files opened.
"""

import argparse
import re
import shutil
import tempfile
from pathlib import Path

import hwkit
from tests.hostile import COMMAND, MODULE, hostile, run, snapshot
from tests.machines import random_machine

STUDY = """name = "small"
[data]
classes = [0, 1]
[machine]
n_hidden = 4
[protocol]
t_final = 0.2
dt = 0.01
[generation]
dt = 0.01
samples = 4
ideal_samples = 50
save_every = 5
[checks]
drift_states = 2
order_paths = 2
implicit_paths = 1
known_answers = false
[distribution]
spice_runs = 4
scheme_runs = 4
"""
VERBS = (
    "train --classes 0,1 --hidden-units 4 --out trained.npz",
    "sample model.npz -n 2 --t-final 0.2 --dt 0.01 --save-every 5 --out runs.nc",
    "plot runs.nc --show states --out runs.svg",
    "export runs.nc --model model.npz --out runs.raw",
    "import model.npz --out model.txt",
    "compile model.npz --out c.cir --schematic s.svg --graph g.svg --bom b.csv --kicad k.net",
    "extract c.cir --out back.npz",
    "simulate model.npz -n 1 --t-final 0.1 --dt 0.01 --jobs 1 --out spice.nc",
    "validate c.cir --model model.npz -n 1 --t-final 0.1 --jobs 1 --out verdict.json",
    "doctor",
    "run study.toml --out run",
    "report run",
)
_TIMES = re.compile(rb"provenance")  # its file, and its section of the page, hold times
_TRACE = ["strace", "-f", "-qq", "-e", "trace=open,openat,execve"]


def main():
    """Run all of it and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("hwkit", "module"), help="one of the two commands")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory(prefix="hostile-") as top:
        traced = shutil.which("strace") is not None
        for name, command in (("hwkit", COMMAND), ("module", MODULE)):
            if only in (None, name):
                print(f"{name}: {_counts(Path(top, name), command, traced)}", flush=True)


def _counts(place, command, traced):
    for where in ("home", "clean"):
        (place / where).mkdir(parents=True)
    hostile(place / "hostile", place / "canary")
    evil = set(snapshot(place / "hostile"))
    for where in ("clean", "hostile"):
        hwkit.save_model(random_machine(4, 3, n_visible=4), place / where / "model.npz")
        (place / where / "study.toml").write_text(STUDY)
    before = snapshot(place / "hostile")
    opened = set()
    for words in VERBS:
        if words == "report run":
            planted = {f"run/{name}" for name in evil if "/" not in name}
            _plant(place / "hostile", evil)
        for where in ("clean", "hostile"):
            trace = [*_TRACE, "-o", str(place / "trace")] if traced and where == "hostile" else []
            done = run(place, where, [*trace, *command], *words.split())
            if done.returncode not in (0, 1):
                raise SystemExit(f"{words} in {where}: {done.returncode}, {done.stderr}")
        if traced:
            text = (place / "trace").read_text()
            names = re.findall(
                r'"((?:[^"/][^"]*|' + re.escape(str(place)) + r'/hostile/[^"]*))"', text
            )
            short = {name.removeprefix(f"{place}/hostile/") for name in names}
            opened |= (short - {".spiceinit"}) & (evil | planted if words == "report run" else evil)
    clean, now = snapshot(place / "clean"), snapshot(place / "hostile")
    made = [name for name in clean if name not in before and not name.startswith("run/prov")]
    other = [n for n in made if _content(clean[n][2]) != _content(now.get(n, (0, 0, b""))[2])]
    changed = [name for name in evil if now.get(name) != before[name]]
    beside = sorted(path.name for path in place.iterdir())
    expected = ["clean", "home", "hostile"] + ["trace"] * traced
    return (
        f"{len(evil)} hostile files, {len(VERBS)} commands; "
        f"code ran {int((place / 'canary').exists())} times, {len(changed)} hostile files "
        f"changed, {len(other)} of {len(made)} results differ {other or ''}, "
        f"{len(set(beside) - set(expected))} files elsewhere, "
        + (f"{len(opened)} hostile files opened {sorted(opened) or ''}" if traced else "not traced")
    )


def _plant(folder, evil):
    """Put the hostile files into the run folder, too."""
    for name in evil:
        if (folder / name).is_file() and "/" not in name:
            shutil.copy2(folder / name, folder / "run" / name)


def _content(data):
    """Return what two runs have in common: a page without its times."""
    return re.split(rb'<section[^>]*id="provenance"', data)[0] if _TIMES.search(data) else data


if __name__ == "__main__":
    main()
