#!/bin/sh
# Makes the virtualenv .venv in this checkout and installs badinbox in it.
#
#   sh install.sh       what `badinbox` needs to run
#   sh install.sh dev   and what its own tests need
#
# Needs Python 3.11 or newer; PYTHON names another interpreter than python3. On Debian and Ubuntu
# the package python3-venv is separate: where it is missing and this runs as root, it is installed.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "install.sh: $python is not Python 3.11 or newer; set PYTHON to one that is" >&2
    exit 2
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing the system package python3-venv"
        apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y python3-venv >/dev/null
    else
        echo "install.sh: $python has no venv module; install it (Debian: python3-venv)" >&2
        exit 2
    fi
fi
[ -x .venv/bin/pip ] || "$python" -m venv --clear .venv
echo "installing badinbox in .venv"
.venv/bin/pip install --quiet --disable-pip-version-check --editable ".${1:+[$1]}"
