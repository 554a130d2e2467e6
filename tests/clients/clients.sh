#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds a rehearsal and gives it to a stock client: clients.sh CLIENT PROGRAM PRESET KEY_TYPE, where
# CLIENT is a file beside this one and KEY_TYPE as in 'tuf-ceremony new --key-type'.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
client=$1 program=$2 preset=$3 key_type=$4

skip() {
    echo "skipped: $client: $1; scripts/install-packages --tests installs it" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 77
}

command -v openssl >/dev/null || skip 'openssl is not there'
case $client in
*.js)
    command -v node >/dev/null || skip 'node is not there'
    [ -d "$here/node_modules/tuf-js" ] || skip 'tuf-js is not there'
    language=node
    ;;
*.py)
    language=/usr/bin/python3 # Debian's, which has Debian's packages
    "$language" -c 'import cryptography, securesystemslib' 2>/dev/null ||
        skip 'python3-securesystemslib is not there'
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/private.pem"
openssl pkey -in "$work/private.pem" -pubout -out "$work/online.pem"
set -- Alice Bo Chen Dee
[ "$preset" != root-3of5 ] || set -- "$@" Ee
options=
for name in "$@"; do options="$options --keyholder $name"; done
# shellcheck disable=SC2086 # options
"$program" new --preset "$preset" --key-type "$key_type" --online-key "$work/online.pem" \
    $options "$work/rehearsal" >"$work/said"
sed -i 's/"rehearsal":[[:space:]]*false/"rehearsal": true/' "$work/rehearsal/plan.json"
cp "$work/private.pem" "$work/rehearsal/REHEARSAL-online-private.pem"
"$program" rehearse --unattended "$work/rehearsal" >"$work/said" || { cat "$work/said"; exit 1; }
"$language" "$here/$client" "$program" "$work/rehearsal" "$work"
