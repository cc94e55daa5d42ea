#!/usr/bin/env bash
# The same choices on every processor that this one can stand for:
#
#   bash scripts/kernels.sh              compare the choices of scripts/choices.py
#   bash scripts/kernels.sh -m docs      run pytest with these arguments under each kernel as well
#
# OpenBLAS chooses its kernel by the processor, and OPENBLAS_CORETYPE overrules it; a library that
# was built without a kernel takes the nearest. "plain" is the oldest processor: no vector
# instructions in OpenBLAS, numpy and numba beyond those of every x86-64. "1 thread" cuts products
# in other places. Results differ in their last digits.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

python=${HWKIT_VENV:-$PWD/.venv}/bin/python
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

features() { # what numpy would use beyond its baseline
    "$python" -c 'from numpy._core import _multiarray_umath as m
print(*(name for name in m.__cpu_dispatch__ if m.__cpu_features__[name]))'
}

as_processor() { # name, command ...
    local name=$1
    shift
    case $name in
        unset) env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$@" ;;
        "1 thread")
            env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 "$@"
            ;;
        plain)
            env OPENBLAS_CORETYPE=Prescott NPY_DISABLE_CPU_FEATURES="$(features)" \
                NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES="" "$@"
            ;;
        *) env OPENBLAS_CORETYPE="$name" "$@" ;;
    esac
}

kernel() { # which one runs in fact
    as_processor "$1" "$python" -c 'import numpy, scipy.linalg
from threadpoolctl import threadpool_info
print(*{library.get("architecture") for library in threadpool_info()} - {None})'
}

status=0
for name in unset "1 thread" plain Nehalem Sandybridge Haswell Zen SkylakeX; do
    if ! found=$(kernel "$name" 2>/dev/null); then # instructions that it lacks
        printf '%-12s does not run here\n' "$name"
        continue
    fi
    printf '%-12s %-12s ' "$name" "$found"
    if ! as_processor "$name" "$python" scripts/choices.py >"$folder/$name.json" 2>"$folder/error"; then
        printf 'fails: %s\n' "$(tail -n 1 "$folder/error")"
        status=1
        continue
    fi
    "$python" scripts/choices.py "$folder/unset.json" "$folder/$name.json" || status=1
    if [ $# -gt 0 ]; then as_processor "$name" "$python" -m pytest -q "$@" || status=1; fi
done
exit "$status"
