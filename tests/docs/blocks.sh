# SPDX-License-Identifier: Apache-2.0
# blocks.sh - what the guide tells people to write and to run, taken from the guide: sourced. Wants $GUIDE and
# $PROGRAM; 'tuf-ceremony' in a block is that program.
guide_block() { # KIND NAME: the fenced block behind "<!-- KIND: NAME -->"
    awk -v mark="<!-- $1: $2 -->" '
        $0 == mark { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$GUIDE" >"$WORK/block"
    [ -s "$WORK/block" ] || { echo "the guide has no block '$1: $2'" >&2; exit 1; }
    cat "$WORK/block"
}

# guide_file NAME: writes it here
guide_file() {
    guide_block file "$1" >"$1"
}

# guide_run NAME: runs the commands; what they say is in $WORK/said
guide_run() {
    guide_block run "$1" >"$WORK/commands"
    mkdir -p "$WORK/bin"
    ln -sf "$(realpath "$PROGRAM")" "$WORK/bin/tuf-ceremony"
    PATH="$WORK/bin:$PATH" sh -eu "$WORK/commands" >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; exit 1; }
}

# said TEXT
said() { grep -q -- "$1" "$WORK/said" || { cat "$WORK/said" >&2; echo "not said: $1" >&2; exit 1; }; }

# developer NAME: a key pair, NAME.key and NAME.pem, here
developer() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
    openssl pkey -in "$1.key" -pubout -out "$1.pem"
}

# what the tests of clients need as well
need() {
    for tool in openssl node python3; do
        command -v "$tool" >/dev/null || skip "$tool is not there"
    done
    [ -d "$CLIENTS/node_modules/tuf-js" ] || skip 'tuf-js is not there'
}

skip() {
    echo "skipped: $1; scripts/install-packages --tests installs it" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 77
}

# serve FOLDER: by a plain web server on a free port of the loopback; its address is in $URL, its process in $SERVER
serve() {
    python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$WORK/served" 2>&1 &
    SERVER=$!
    URL=
    for _ in $(seq 3000); do
        URL=$(sed -n 's/.*(\(http:[^)]*[0-9]\)\/*).*/\1/p' "$WORK/served" | head -n 1)
        [ -z "$URL" ] || return 0
        sleep 0.1
    done
    echo 'the web server does not answer' >&2
    exit 1
}

# finds ROOT PATH: what tuf-js, shipped with that root, says of the path at $URL: "found", "none", or why not
finds() { NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 node "$CLIENTS/find.js" "$URL" "$1" "$2"; }

# publish REPOSITORY ONLINE_KEY ENTRIES,... [ROLE=PATH=KEY,KEY]...
publish() { node "$CLIENTS/publish.js" "$@"; }
