#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds a rehearsal and gives it to a stock client: clients.sh CLIENT PROGRAM PRESET KEY_TYPE, where
# CLIENT is a file beside this one, PRESET as in 'tuf-ceremony rehearse --preset', and KEY_TYPE as in
# 'tuf-ceremony new --key-type': types other than ecdsa-p256 with root-2of4 only. PRESET 'none': the client
# makes what it reads.
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

# all traffic is on the loopback, whatever the network here is like
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rehearsal=$work/rehearsal
if [ "$key_type" != ecdsa-p256 ]; then # other than what rehearsals make of themselves
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/private.pem"
    openssl pkey -in "$work/private.pem" -pubout -out "$work/online.pem"
    "$program" new --preset "$preset" --key-type "$key_type" --online-key "$work/online.pem" \
        --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee "$rehearsal" >"$work/said"
    sed -i 's/"rehearsal":[[:space:]]*false/"rehearsal": true/' "$rehearsal/plan.json"
    cp "$work/private.pem" "$rehearsal/REHEARSAL-online-private.pem"
fi
if [ "$preset" != none ]; then
    "$program" rehearse --unattended --preset "$preset" "$rehearsal" >"$work/said" || {
        cat "$work/said"
        exit 1
    }
fi
"$language" "$here/$client" "$program" "$rehearsal" "$work"
