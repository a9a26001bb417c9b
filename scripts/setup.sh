#!/bin/sh
# Makes or renews the environment in $1 for $2 (demo or dev), from the hash-checked locks.
set -eu
venv=$1
kind=$2

find_python() {
    for name in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "batchtui needs Python 3.11 or newer: install one, or name it: make PYTHON=/path/to/python3" >&2
    exit 2
}

echo "setting up $venv ($kind) ..." >&2
if command -v uv >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$(find_python)" "$venv"
    # Compiled, as pip does it: where bytecode cannot be written later, each start would compile.
    install() { uv pip install --quiet --compile-bytecode --python "$venv/bin/python" "$@"; }
else
    [ -x "$venv/bin/python" ] || "$(find_python)" -m venv "$venv"
    install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
fi

# --no-deps: the lock is the whole answer, checked by hash.
install --no-deps --require-hashes -r "requirements/$kind.txt"
install --no-deps --no-build-isolation -e .
if [ "$kind" = dev ]; then
    # The 0.x SDK lives beside the environment: the contract tests run both generations.
    install --no-deps --require-hashes --target "$venv/sdk-0.75" -r requirements/sdk-old.txt
    touch "$venv/.dev"
fi
touch "$venv/.demo"
