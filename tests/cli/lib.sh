# SPDX-License-Identifier: Apache-2.0
# lib.sh - for the tests of commands: sourced. Wants $PROGRAM; makes $WORK, and removes it at the end.
set -euo pipefail
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export XDG_STATE_HOME=$WORK/remembered # what this machine remembers
umask 077

fail() {
    echo "line ${BASH_LINENO[-2]:-?}: $*" >&2
    exit 1
}

# ok ARGUMENT...: the command succeeds; its output is in $OUT
ok() {
    if ! OUT=$("$PROGRAM" "$@" 2>"$WORK/err"); then
        cat "$WORK/err" >&2
        fail "failed: $*"
    fi
}

# json PYTHON ARGUMENT...: the command prints one JSON document `d`, of which the expression holds
json() {
    local expression=$1
    shift
    ok "$@" --json
    python3 -c "import json, sys; d = json.load(sys.stdin); sys.exit(0 if ($expression) else 1)" <<<"$OUT" ||
        fail "$* --json: not $expression in $OUT"
}

# what a folder holds, as one digest; a token counts wrong PINs, and that is its own matter
picture() { (cd "$1" && find . -path ./tokens -prune -o -type f -print0 | sort -z | xargs -0 sha256sum) | sha256sum; }

# refused STATUS TEXT DIR ARGUMENT...: the exit status, an error in three parts that has the text, and
# a folder (or -) that is as it was
refused() {
    local status=$1 text=$2 dir=$3 before=- got=0
    shift 3
    [ "$dir" = - ] || before=$(picture "$dir")
    "$PROGRAM" "$@" >"$WORK/out" 2>"$WORK/err" || got=$?
    [ "$got" = "$status" ] || { cat "$WORK/err" >&2; fail "status $got instead of $status: $*"; }
    grep -q '^what: ' "$WORK/err" || fail "no 'what': $*"
    grep -q '^to do: ' "$WORK/err" || fail "no 'to do': $*"
    grep -q -- "$text" "$WORK/err" || { cat "$WORK/err" >&2; fail "not said: $text"; }
    [ "$dir" = - ] || [ "$before" = "$(picture "$dir")" ] || fail "something changed: $*"
    # the same for machines
    got=0
    "$PROGRAM" "$@" --json >"$WORK/out" 2>/dev/null || got=$?
    [ "$got" = "$status" ] || fail "status $got with --json: $*"
    python3 -c 'import json, sys; json.load(sys.stdin)' <"$WORK/out" || fail "no JSON: $*"
}

online_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null | openssl pkey -pubout; }

# The PIN of a rehearsal's token, as the walk shows it: a function of the name.
rehearsal_pin() {
    python3 -c 'import hashlib, sys; d = hashlib.sha256(sys.argv[1].encode()).digest()
print("%06d" % (int.from_bytes(d[:3], "big") % 1000000), end="")' "$1"
}

# The first word of the first digest in the output
first_word() { sed -n 's/^ *[0-9a-f]\{4\} [0-9a-f]\{4\} [0-9a-f]\{4\} [0-9a-f]\{4\}   \([A-Za-z]*\) .*/\1/p' <<<"$OUT" | head -n 1; }
