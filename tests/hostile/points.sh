#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every point at which a ceremony can be cut off, or its disk can fail: points.sh PROGRAM KIND [EVERY]
#
# KIND first: a first root by 3 of 5; rotation: the next one, of another committee; tree: delegated roles, one sitting
# of many files. The unattended rehearsal is run once and its system calls are counted: what it writes, syncs, renames,
# opens and removes, and each call of a token (a message to the module's process). Then it is run anew for each of
# them, or for each EVERYth, and that one call ends it (SIGKILL) or fails. After an error the status is one of those
# that are documented; afterwards the same command comes to the same end, no signature that was reported is lost, and
# what was written verifies. Prints "N points, M failures".
set -u
PROGRAM=$(realpath "$1")
KIND=$2
EVERY=${3:-1}
command -v strace >/dev/null || { echo "strace is not installed: nothing was tried" >&2; exit 77; }
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export XDG_STATE_HOME=$WORK/state
CALLS="write sendmsg fsync renameat openat unlinkat mkdirat ftruncate"
points=0 failures=0

case $KIND in
first) PRESET=root-3of5 ;;
rotation) PRESET=rotate-3of5 ;;
tree) PRESET=delegations-2013 ;;
*) echo "points.sh: no kind '$KIND'" >&2; exit 2 ;;
esac

# what is there before the room meets
base() {
    rm -rf "$WORK/room" "$WORK/state"
    [ ! -d "$WORK/base" ] || cp -a "$WORK/base" "$WORK/room"
    [ ! -d "$WORK/base.state" ] || cp -a "$WORK/base.state" "$WORK/state"
}
if [ "$KIND" = rotation ]; then
    # the ceremony before lies within, and is done
    "$PROGRAM" rehearse --unattended --preset "$PRESET" "$WORK/room" >/dev/null || exit 1
    mkdir "$WORK/base"
    mv "$WORK/room/first" "$WORK/base/first"
    cp -a "$WORK/state" "$WORK/base.state"
fi

rehearse() { "$@" "$PROGRAM" rehearse --unattended --preset "$PRESET" "$WORK/room"; }

signatures() { # role and keyid of each, a line each
    "$PROGRAM" status --json "$1" 2>/dev/null | tr -d '\n\t ' | grep -o '"role":"[^"]*","holder":"[A-Za-z]*","keyid":"[0-9a-f]*"' | sort
}

# from the first root that ever was; of online roles there are none yet, which is no fault
verify() {
    local root
    root=$(ls "$WORK"/room/first/bundle/metadata/1.root.json "$WORK"/room/bundle/metadata/1.root.json 2>/dev/null | head -1)
    "$PROGRAM" verify "$WORK/room/bundle.tar" --trusted-root "$root" >"$WORK/out" 2>&1
}

fault() { # CALL N HOW...: how it went
    echo "FAILED: $CALL number $N, $HOW: $*"
    failures=$((failures + 1))
}

try() { # CALL N HOW
    local CALL=$1 N=$2 HOW=$3 status
    points=$((points + 1))
    base
    rehearse strace -qq -o /dev/null -e trace="$CALL" -e inject="$CALL:$HOW:when=$N" >"$WORK/out" 2>&1
    status=$?
    case $HOW:$status in
    signal=*:137) ;;
    signal=*) fault "status $status instead of a kill" ;;
    *:[0-9] | *:1[0-7]) ;; # those that are documented
    *) fault "status $status: $(tail -1 "$WORK/out")" ;;
    esac
    signatures "$WORK/room" >"$WORK/before"
    if ! rehearse env >"$WORK/out" 2>&1; then
        fault "can't be resumed: $(tail -3 "$WORK/out" | tr '\n' ' ')"
        return
    fi
    signatures "$WORK/room" >"$WORK/after"
    [ "$(wc -l <"$WORK/after")" = "$WHOLE" ] || fault "$(wc -l <"$WORK/after") signatures instead of $WHOLE"
    [ -z "$(comm -23 "$WORK/before" "$WORK/after")" ] || fault "lost: $(comm -23 "$WORK/before" "$WORK/after")"
    verify || fault "verify: $(tail -1 "$WORK/out")"
}

base
rehearse strace -qq -o "$WORK/calls" -e trace="${CALLS// /,}" >/dev/null || exit 1
WHOLE=$(signatures "$WORK/room" | wc -l)
verify || { echo "what is whole does not verify: $(tail -1 "$WORK/out")" >&2; exit 1; }
for CALL in $CALLS; do
    n=$(grep -c "^$CALL(" "$WORK/calls")
    for N in $(seq $((1 + (RANDOM % EVERY))) "$EVERY" "$n"); do
        try "$CALL" "$N" signal=KILL
        case $CALL in
        sendmsg) ;;
        fsync) try "$CALL" "$N" error=EIO ;;
        *)
            how=(ENOSPC EIO EROFS EINTR)
            try "$CALL" "$N" "error=${how[$((N % 4))]}"
            ;;
        esac
    done
done
echo "$points points, $failures failures"
[ "$failures" = 0 ]
