#!/bin/sh
# Writes requirements.lock and requirements-test.lock: every package with the digests of its files,
# for each Python from 3.11 on and each machine. setuptools is there to install the project itself.
set -eu
cd "$(dirname "$0")/.."

lock() {
    file=$1
    shift
    {
        echo "# Every package of a set-up, pinned with the digests of its files. Made by \`make lock\`."
        echo "setuptools>=77" | uv pip compile --quiet --universal --python-version 3.11 \
            --generate-hashes --no-header --no-annotate --extra lab "$@" pyproject.toml -
    } >"$file.new"
    mv "$file.new" "$file"
}

lock requirements.lock
lock requirements-test.lock --extra test --constraint requirements.lock
