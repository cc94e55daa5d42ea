#!/usr/bin/env bash
# All checks and tests, with all set-up they need. The first that fails ends the run.
# shellcheck source=scripts/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
set_up dev

stage() { printf '\n==== %s\n' "$*"; }
python=$venv/bin/python

stage "ruff"
"$python" -m ruff check .
"$python" -m ruff format --check .

stage "mypy"
"$python" -m mypy

stage "import-linter"
"$venv/bin/lint-imports" --no-logo

stage "tests that need no SPICE"
"$python" -m pytest -m "not spice and not study and not docs"

stage "tests in SPICE"
"$python" -m pytest -m "spice and not study and not docs" --spice=required

stage "documentation: every snippet runs"
"$python" -m pytest -m "docs and not study"

stage "documentation: the site builds, strictly"
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
NO_MKDOCS_2_WARNING=1 "$python" -m mkdocs build --strict --site-dir "$site" # --quiet isn't strict
