#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One reader into which people put their tokens in turn: sourced behind steps.sh. PROGRAM, PIN, CEREMONY, serial and
# enrol are the test's; here is its folder.

# order TEXT: to the reader's slot; waits until pcscd has seen it
order() { sh "$STACK_SH" order 0 "$1"; }
# insert NAME: when the screen has seen that the reader is empty
insert() {
    see 'No token is inserted'
    order "in $WORK/$1.image $(serial "$1")"
}
# answer QUESTION TEXT
answer() {
    see "$1"
    type_in "$2"
    press Enter
}
enter_pin() { answer 'PIN:' "$1"; }
begin_to_sign() {
    see "> $1"
    press Enter
    see "$1, please insert your token"
    insert "$1"
    see "$1, this is what your token will sign"
    see "$(serial "$1")"
}
sign() {
    begin_to_sign "$1"
    enter_pin "$PIN"
    see "$1 signed 2 files: verified and on disk"
    order out
}
# collected N: so many signatures are in the journal
collected() {
    have=$(grep -c '"event":"signature"' "$CEREMONY/journal.jsonl")
    [ "$have" = "$1" ] || { echo "$have signatures were collected, not $1" >&2; exit 1; }
}
# begin_3of5: a ceremony of five people, up to the signatures
begin_3of5() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$WORK/private.pem"
    openssl pkey -in "$WORK/private.pem" -pubout -out "$WORK/online.pem"
    "$PROGRAM" new --preset root-3of5 --online-key "$WORK/online.pem" --keyholder Alice --keyholder Bo \
        --keyholder Chen --keyholder Dee --keyholder Ee "$CEREMONY"
    start 80 24 "$PROGRAM" run --module "$STACK_MODULE" "$CEREMONY"
    step_readiness
    step_plan
    step_roll_call 5
    for name in Alice Bo Chen Dee Ee; do enrol $name; done
    see 'Every keyholder has a key'
    press Enter
    step_review root
    step_review targets
    press g
}
# end_3of5: ten signatures, the bundle, and a stock client that takes it
end_3of5() {
    step_result
    [ "$("$PROGRAM" status --json "$CEREMONY" | tr -d '\n\t ' | grep -o '"role":"[a-z]*","holder":' | wc -l)" = 10 ] ||
        { echo 'not ten signatures' >&2; exit 1; }

    # the online side, and a stock client
    cp "$WORK/private.pem" "$CEREMONY/REHEARSAL-online-private.pem"
    export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
    if [ ! -d "$here/../clients/node_modules/tuf-js" ]; then
        echo 'skipped: tuf-js is not there; scripts/install-packages --tests installs it' >&2
        [ -z "${CI:-}" ] || exit 1
        exit 77
    fi
    node "$here/../clients/tuf_js.js" "$PROGRAM" "$CEREMONY" "$WORK"
}
