# SPDX-License-Identifier: Apache-2.0
# terminal.sh - a terminal of our own for end-to-end tests: sourced. It types keys and waits for
# text, as a person would; nothing is known but what is on the screen.
#
# Wants $PROGRAM; makes $WORK, and removes it and the terminal at the end.
set -eu

if ! command -v tmux >/dev/null; then
    echo "skipped: tmux is not installed" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 77
fi
WORK=$(mktemp -d)
SOCKET=$WORK/tmux.socket
export XDG_STATE_HOME=$WORK/remembered # what this machine remembers
# a name without blanks, wherever the program was built
ln -s "$(realpath "$PROGRAM")" "$WORK/tuf-ceremony"
PROGRAM=$WORK/tuf-ceremony
t() { tmux -S "$SOCKET" -f /dev/null "$@"; }
cleanup() {
    t kill-server 2>/dev/null || true
    rm -rf "$WORK"
}
trap cleanup EXIT

# start COLS ROWS COMMAND...: the command in a new terminal
start() {
    cols=$1 rows=$2
    shift 2
    t kill-server 2>/dev/null || true
    SOCKET=$SOCKET+ # a server that is still ending takes no session
    t new-session -d -s walk -x "$cols" -y "$rows" \
        "LC_ALL=C.UTF-8 $*; printf '\\r\\nENDED %d\\r\\n' \$?; sleep 3600"
}

screen() { t capture-pane -p -t walk; }

# see TEXT: waits until the screen shows it (a basic regular expression); five minutes at most, for the machine may
# be busy
SEE_TENTHS=${SEE_TENTHS:-3000} # how long to wait
see() {
    n=0
    while ! screen | grep -q -- "$1"; do
        n=$((n + 1))
        if [ "$n" -gt "$SEE_TENTHS" ]; then
            echo "never seen: $1" >&2
            screen >&2
            exit 1
        fi
        sleep 0.1
    done
}

# press KEY...: as tmux names them
press() { t send-keys -t walk "$@"; }
# type TEXT
type_in() { t send-keys -t walk -l -- "$1"; }

# The first word of the first digest on the screen, typed into the field below it: a screen is drawn from its top, so
# that the digest is there when the field is.
type_first_word() {
    see 'type \(the\|its\) first word:'
    type_in "$(screen | sed -n 's/.* [0-9a-f]\{4\} [0-9a-f]\{4\}   \([A-Za-z]*\) .*/\1/p' | head -n 1)"
}
# printed COMMAND: what the program printed behind that, as one line
printed() { t capture-pane -J -p -t walk | sed -n "s/.*$1: //p" | tail -n 1; }
