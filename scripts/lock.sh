#!/bin/sh
# Renews the locks in requirements/ with uv: one for every platform and Python from 3.11.
set -eu
compile() {
    uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --quiet "$@"
}
compile pyproject.toml --extra demo --group build -o requirements/demo.txt "$@"
compile pyproject.toml --all-extras --group build --group dev -o requirements/dev.txt "$@"
# What the 0.x SDK needs and the environment of the 2.x one does not have.
printf 'anthropic==0.75.0\ndistro\n' | compile - --no-deps -o requirements/sdk-old.txt
