#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names that steer a terminal (a role's, an owner's, a pattern, members, a token's label) steer nothing: every byte
# that commands, prompts and the walk send to their terminal is recorded: harmless.sh PROGRAM
# a real plan wants a machine that is cut off: a network namespace with nothing but loopback
if [ -z "${CUT_OFF:-}" ]; then
    exec env CUT_OFF=1 unshare -r -nm sh -c \
        '{ mount -t sysfs sysfs /sys 2>/dev/null || mount -t tmpfs tmpfs /sys/class/net; } && exec sh "$0" "$@"' "$0" "$@"
fi
PROGRAM=$1
VERSION=2
. "$(dirname "$0")/terminal.sh"
. "$(dirname "$0")/steps.sh"
python3 "$(dirname "$0")/../cli/cases_root.py" "$WORK" hostile
cd "$WORK"
MODULE=$(find /usr/lib /usr/local/lib /usr/lib64 -name libsofthsm2.so 2>/dev/null | head -n 1)
[ -n "$MODULE" ] || { echo 'SKIPPED: SoftHSM is not installed (package softhsm2)' >&2; [ -z "${CI:-}" ] || exit 1; exit 77; }

# harmless WHAT: the stream shows the name, and no OSC, no C1 and no character that changes the direction of text
harmless() {
    grep -aq evil stream || { cat -v stream >&2; echo "$1 shows no name" >&2; exit 1; }
    if LC_ALL=C grep -aqP '\x1b\]|\x07|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]' stream; then
        cat -v stream >&2
        echo "$1 gives a name to the terminal as it is" >&2
        exit 1
    fi
}
# shown ARGUMENT...: by that command, on a terminal
shown() {
    script -qec "$PROGRAM $*" /dev/null >stream </dev/null || { cat -v stream >&2; echo "failed: $*" >&2; exit 1; }
    harmless "$*"
}

# record: what the terminal gets from now on, until recorded ends it
record() {
    rm -f ended
    t pipe-pane -t walk "cat >'$WORK/stream'; touch '$WORK/ended'"
}
recorded() {
    t kill-server
    until [ -e ended ]; do sleep 0.1; done
}

evil=$(find hostile -name '*evil.json')
shown verify --trusted-root hostile/1.root.json hostile
for file in hostile/1.root.json hostile/1.targets.json "$evil"; do
    shown inspect "$file"
    shown inspect --json "$file"
    shown canonical "$file"
done
shown diff hostile/1.targets.json "$evil"
shown diff --json hostile/1.targets.json "$evil"
shown inspect --path "$(printf '\342\200\256evil/x')" hostile

# its online key is swapped in the role of that name
mkdir given
cp hostile/1.root.json hostile/1.targets.json given
"$PROGRAM" new --from given plan >/dev/null
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout >plan/inputs/fresh.pem
shown edit --online online=fresh.pem plan
shown check plan
shown check --json plan

# the walk: the plan, and the review of targets
start 80 24 "$PROGRAM run --module $MODULE plan"
record
step_readiness
see 'evil, delegated to by targets'
step_plan
step_roll_call 3
see 'Every keyholder has a key'
press Enter
step_review root
see '> .*targets, version 2, not looked at yet'
press Enter
see 'evil: key'
press r
see '"_type": "targets"'
press NPage
see '"name":.*evil'
recorded
harmless 'the walk'

# a token's label, in a question
mkdir tokens
printf 'directories.tokendir = %s\nobjectstore.backend = file\nslots.removable = true\n' "$WORK/tokens" >softhsm2.conf
export SOFTHSM2_CONF="$WORK/softhsm2.conf"
softhsm2-util --init-token --free --label "$(printf '\302\23331m\342\200\256evil')" --so-pin 53180085 --pin 90210902 >/dev/null
shown tokens --module "$MODULE"
uri=$(sed -n 's/.*\(pkcs11:[^ ]*serial=[0-9a-f]*\).*/\1/p' stream | head -n 1)
start 80 24 "$PROGRAM token-pin --module $MODULE --token '$uri'"
record
see 'PIN that holds now of .*evil'
recorded
harmless 'the question for a PIN'
