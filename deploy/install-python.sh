#!/bin/sh
# install-python.sh PYTHON VENV: makes a virtual environment; installs Python's venv package with apt where it is missing.
set -eu
python=$1 venv=$2
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
if ! command -v "$python" >/dev/null || ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
	command -v apt-get >/dev/null || { echo "install-python: Python 3.11 or newer with venv is needed" >&2; exit 1; }
	echo "installing: python3 python3-venv"
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	echo "install-python: $("$python" --version) is too old; Python 3.11 or newer is needed (make PYTHON=python3.12 ...)" >&2
	exit 1
}
"$python" -m venv "$venv"
