"""Fuzz a reader: `python -m tests.hardening.fuzz parser --minutes 10 --seed 1`.

Valid files are changed at random, in their own terms and byte by byte, and read. With atheris
installed (`pip install atheris`), inputs that reach new code are kept and changed further; without
it the seeds alone are. Findings are written to a folder, one for each place in the code, and the
counts are printed; exit status 1 if there is any finding.
"""

import argparse
import faulthandler
import importlib
import json
import os
import random
import resource
import sys
import time
import traceback
import types
import warnings
from collections import Counter
from pathlib import Path

_STUCK = 60  # seconds after which an input that never returns ends the whole run
_READERS = {
    "parser": [
        *(f"hwkit.netlist.{name}" for name in (
            "laws", "unit_laws", "extract", "extract_inductive", "polynomials", "reading",
            "foreign", "rewrite", "waveforms", "coils", "unit_nodes",
        )),
        *(f"hwkit.netlist.reader.{name}" for name in (
            "build", "diodes", "expressions", "lines", "numbers", "plain", "read", "scope",
            "sources", "statements", "subcircuits", "words",
        )),
    ],
    "models": [
        *(f"hwkit.model.{name}" for name in (
            "files", "imports", "binary", "tensors", "parameters", "conventions", "energy", "names",
            "clamp",
        )),
        "numpy.lib._format_impl", "zipfile",
    ],
    "studies": [
        *(f"hwkit.study.{name}" for name in (
            "reading", "sections", "spread", "kinds.equivalence.plan", "kinds.tolerance.plan",
            "kinds.codesign.plan", "kinds.sampler.plan", "kinds.storage.plan",
            "kinds.breadboard.plan", "kinds.energy.plan", "kinds.generative.plan",
            "kinds.speedup.plan",
        )),
        *(f"hwkit.settings.{name}" for name in ("needs", "problems", "reading", "sections")),
        "tomllib._parser",
    ],
    "traces": [
        *(f"hwkit.measured.{name}" for name in (
            "description", "parts", "physical_units", "reading", "sheets", "spool", "text_head",
            "text_table", "time_base",
        )),
    ],
    "trajectories": [
        "hwkit.trajectories", "h5netcdf.core", "xarray.conventions", "xarray.backends.h5netcdf_",
    ],
}  # fmt: skip
_SHARE = 0.8  # of changes in the file's own terms, the others are libFuzzer's


class Fuzzer:
    """Reads inputs, counts what happens, keeps the first input of each kind of finding."""

    def __init__(self, name, seed=0, findings=None):
        from tests.hardening import targets

        self.limits = targets.SECONDS, targets.MEGABYTES
        self.target = targets.TARGETS[name]
        self.corpus = self.target.seeds()
        self.rng = random.Random(seed)
        self.folder = findings
        self.counts = Counter()
        self.kinds = {}

    def generate(self, data=None, rng=None):
        """Return a changed input: of a given one, or of a seed."""
        rng = rng or self.rng
        start = data if data else rng.choice(self.corpus)
        return self.target.mutate(start, self.corpus, rng)

    def read(self, data):
        """Read one input and judge what happens; return the kind of a finding, if it is one."""
        from hwkit.errors import HwkitError

        self.counts["inputs"] += 1
        started, finding = time.process_time(), None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.target.read(data)
            self.counts["read"] += 1
        except HwkitError:
            self.counts["refused"] += 1
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            finding = f"{type(error).__name__} at {_place(error)}"
            self._keep(finding, "".join(traceback.format_exception(error)[-12:]), data)
        taken = time.process_time() - started
        self.counts["slowest ms"] = max(self.counts["slowest ms"], round(taken * 1e3))
        if taken > self.limits[0]:
            finding = f"slow {len(data) // 10_000}"
            self._keep(finding, f"{taken:.1f} s for {len(data)} bytes", data)
        return finding

    def _keep(self, kind, story, data):
        if kind in self.kinds:
            return
        self.kinds[kind] = story
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = f"{len(self.kinds):03d}"
            (self.folder / f"{name}.input").write_bytes(data)
            (self.folder / f"{name}.txt").write_text(f"{kind}\n{story}\n", encoding="utf-8")

    @property
    def findings(self):
        """Kinds of findings."""
        return list(self.kinds)

    def report(self):
        """Return what happened, as one JSON line."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        facts = dict(self.counts) | {"findings": len(self.findings), "peak MB": round(peak)}
        return json.dumps(facts)


def _place(error):
    """Return the innermost place in hwkit where an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f"{os.sep}hwkit{os.sep}" in f.filename] or frames
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}"


def main():
    """Fuzz for some minutes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", choices=sorted(_READERS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=["atheris", "plain"], default=None)
    parser.add_argument("--findings", type=Path, default=None, help="folder for findings")
    options = parser.parse_args()
    engine = options.engine or _best_engine()
    if engine == "atheris":
        _instrument(*_READERS[options.target])
    fuzzer = Fuzzer(options.target, options.seed, options.findings)
    _limit_memory(fuzzer.limits[1])
    print(f"{options.target}: {engine}, seed {options.seed}, {len(fuzzer.corpus)} valid files")
    end = time.monotonic() + 60 * options.minutes
    (_with_atheris if engine == "atheris" else _plain)(fuzzer, options.seed, end)


def _instrument(*modules):
    """Have atheris see which branches the functions of some modules take.

    Function by function: whole packages would include functions that numba compiles.
    """
    import atheris

    for name in modules:
        for value in vars(importlib.import_module(name)).values():
            own = getattr(value, "__module__", None) == name
            members = vars(value).values() if own and isinstance(value, type) else [value]
            for function in members:
                if own and isinstance(function, types.FunctionType):
                    atheris.instrument_func(function)


def _best_engine():
    try:
        import atheris  # noqa: F401
    except ImportError:
        return "plain"
    return "atheris"


def _limit_memory(megabytes):
    """Let what an input asks for beyond the limit fail as MemoryError."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 10**6,) * 2)


def _judged(fuzzer, data, end):
    """Read an input under a watch; at the end of the time, report and leave."""
    faulthandler.dump_traceback_later(_STUCK, exit=True)
    finding = fuzzer.read(data)
    faulthandler.cancel_dump_traceback_later()
    if finding and fuzzer.counts[finding] == 0:
        print(f"finding: {finding}", flush=True)
    if finding:
        fuzzer.counts[finding] += 1
    if time.monotonic() > end:
        print(fuzzer.report(), flush=True)
        sys.stdout.flush()
        os._exit(1 if fuzzer.findings else 0)


def _plain(fuzzer, seed, end):
    for data in fuzzer.corpus:
        _judged(fuzzer, data, end)
    while True:
        _judged(fuzzer, fuzzer.generate(), end)


def _with_atheris(fuzzer, seed, end):
    import atheris

    def mutate(data, max_size, number):
        rng = random.Random(number)
        if rng.random() < _SHARE:
            return fuzzer.generate(data if rng.random() < 0.7 else None, rng)[:max_size]
        return atheris.Mutate(data, max_size)

    import tempfile

    folder = tempfile.mkdtemp()
    for number, data in enumerate(fuzzer.corpus):
        Path(folder, str(number)).write_bytes(data)
    arguments = ["fuzz", folder, f"-seed={seed}", f"-max_len={100_000}",
                 "-rss_limit_mb=0", "-timeout=3600", "-verbosity=0", "-len_control=0"]  # fmt: skip
    atheris.Setup(arguments, lambda data: _judged(fuzzer, data, end), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
