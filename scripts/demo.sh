#!/usr/bin/env bash
# The demonstration, with all set-up it needs: digits drawn by a simulated analog circuit, beside
# those of the ideal machine. Arguments are passed on to `hwkit run` (--jobs 2, --out FOLDER, ...).
# shellcheck source=scripts/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
set_up runtime

out=runs/digits
previous=
for argument in "$@"; do
    case $argument in --out=*) out=${argument#--out=} ;; esac
    if [ "$previous" = --out ]; then out=$argument; fi
    previous=$argument
done

status=0
"$venv/bin/hwkit" run sims/digits.toml --out runs/digits "$@" || status=$?
if [ -e "$out/report.html" ]; then
    case $out in /*) ;; *) out=$PWD/$out ;; esac
    printf '\nReport: %s/report.html\n' "$out"
fi
exit "$status"
