#!/usr/bin/env bash
# All checks and tests, with all set-up they need. The first that fails ends the run.
# shellcheck source=scripts/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
set_up dev
set_up_pages

stage() { printf '\n==== %s\n' "$*"; }
python=$venv/bin/python

# Modules are compiled once, not at each of the thousands of starts of a process.
unset PYTHONDONTWRITEBYTECODE

# As many tests at a time as there are processors, each with one thread for its matrices.
tests() {
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 \
        "$python" -m pytest --numprocesses=auto --dist=worksteal "$@"
}

stage "ruff"
"$python" -m ruff check .
"$python" -m ruff format --check .

stage "mypy"
"$python" -m mypy

stage "import-linter"
"$venv/bin/lint-imports" --no-logo

stage "tests that need no SPICE"
tests -m "not spice and not study and not docs"

stage "tests in SPICE"
tests -m "spice and not study and not docs" --spice=required

stage "documentation: every snippet runs"
tests -m "docs and not study"

stage "documentation: the site builds, strictly"
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
NO_MKDOCS_2_WARNING=1 "$python" -m mkdocs build --strict --site-dir "$site" # --quiet isn't strict
