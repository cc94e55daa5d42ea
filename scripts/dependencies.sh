#!/usr/bin/env bash
# Test hwkit with the lowest and the newest versions of what it depends on:
#
#   bash scripts/dependencies.sh [lowest | newest] [PYTHON]      both on python3 if nothing is named
#
# Each is installed into a fresh environment in a temporary folder, beside a copy of the last commit,
# and has to pass the tests that need no SPICE and a part of those that do. Nothing is left behind.
#
# Lowest are the versions that pyproject.toml names; what those need in turn is the newest that fits.
# Libraries of such different ages warn about each other, so deprecations count as errors in the
# newest versions only.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

which=${1:-both}
python=${2:-python3}
models=$(sed -n 's/^foundry_models=\([^ ]*\).*/\1/p' scripts/setup.sh)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$python" -m venv "$folder/tools"
"$folder/tools/bin/pip" install --quiet --disable-pip-version-check uv
uv=$folder/tools/bin/uv
git archive HEAD | tar -x -C "$folder" --one-top-level=tree

check() { # name, resolution, options of pytest
    local name=$1 resolution=$2 own
    shift 2
    printf '\n==== %s versions, %s\n' "$name" "$("$python" -V)"
    "$uv" venv --quiet --seed --python "$python" "$folder/$name"
    own=$folder/$name/bin/python
    "$uv" pip install --quiet --python "$own" --resolution "$resolution" -e "$folder/tree[dev]"
    "$uv" pip install --quiet --python "$own" --no-deps "$models"
    "$uv" pip list --quiet --python "$own" | grep -iE \
        '^(h5netcdf|h5py|jinja2|matplotlib|networkx|numba|numpy|pandas|pydantic|pyarrow|pyspice|rich|scikit-learn|scipy|threadpoolctl|typer|xarray) '
    (
        cd "$folder/tree"
        "$own" -m pytest -q "$@" -m "not spice and not study and not docs"
        "$own" -m pytest -q "$@" -m "spice and not study" \
            tests/spice/test_simulate.py tests/spice/test_drift.py tests/spice/test_session.py
    )
}

old=(-W default::DeprecationWarning -W default::PendingDeprecationWarning -W default::FutureWarning)
[ "$which" = newest ] || check lowest lowest-direct "${old[@]}"
[ "$which" = lowest ] || check newest highest
printf '\nboth ends hold\n'
