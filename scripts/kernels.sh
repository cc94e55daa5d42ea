#!/usr/bin/env bash
# The same choices with every kernel of OpenBLAS that this processor can run:
#
#   bash scripts/kernels.sh              compare the choices of scripts/choices.py
#   bash scripts/kernels.sh -m docs      run pytest with these arguments under each kernel as well
#
# OpenBLAS chooses its kernel by the processor, and OPENBLAS_CORETYPE overrules it. Results differ
# between kernels in their last digits.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

python=${HWKIT_VENV:-$PWD/.venv}/bin/python
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

with_kernel() { # kernel or "unset", command ...
    local kernel=$1
    shift
    if [ "$kernel" = unset ]; then
        env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$@"
    else
        env OPENBLAS_CORETYPE="$kernel" "$@"
    fi
}

runs() { # Does the kernel run here, as itself?
    with_kernel "$1" "$python" - "$1" <<'PYTHON' 2>/dev/null
import sys

import numpy as np
from threadpoolctl import threadpool_info

np.ones((64, 64)) @ np.ones((64, 64))
found = {library.get("architecture") for library in threadpool_info() if library["user_api"] == "blas"}
sys.exit(sys.argv[1] not in found | {"unset"})
PYTHON
}

status=0
for kernel in unset Nehalem Sandybridge Haswell Zen SkylakeX Cooperlake SapphireRapids; do
    runs "$kernel" || { printf '%-15s does not run here\n' "$kernel"; continue; }
    with_kernel "$kernel" "$python" scripts/choices.py >"$folder/$kernel.json"
    printf '%-15s ' "$kernel"
    "$python" - "$folder/unset.json" "$folder/$kernel.json" <<'PYTHON' || status=1
import json
import sys

import numpy as np

first, other = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
wrong, worst = sorted(first.keys() ^ other.keys()), 0.0
for name in first.keys() & other.keys():
    a, b = first[name], other[name]
    if all(isinstance(value, int) for value in a):
        wrong += [name] * (a != b)
    else:
        apart = float(np.max(np.abs(np.subtract(a, b) / np.abs(a))))
        worst = max(worst, apart)
        wrong += [name] * (apart > 1e-9)
print(f"{len(first)} choices and figures, figures equal to {worst:.1e}; different: {wrong or 'none'}")
sys.exit(bool(wrong))
PYTHON
    if [ $# -gt 0 ]; then with_kernel "$kernel" "$python" -m pytest -q "$@" || status=1; fi
done
exit "$status"
