#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs into a folder of its own, and uses what is there: install.sh BUILD
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$1" >&2
    exit 1
}

DESTDIR=$work cmake --install "$1" --prefix /usr >/dev/null
program=$work/usr/bin/tuf-ceremony
man=$work/usr/share/man/man1/tuf-ceremony.1
[ "$("$program" --version | cut -d' ' -f1)" = tuf-ceremony ] || fail 'the installed program does not run'
plain=$(sed 's/\\-/-/g; s/\\fI\|\\fR//g' "$man")
source "$work/usr/share/bash-completion/completions/tuf-ceremony"
complete_at() { # complete_at WORD...: what would be offered for the last
    COMP_WORDS=(tuf-ceremony "$@") COMP_CWORD=$# COMPREPLY=()
    _tuf_ceremony
    printf '%s\n' "${COMPREPLY[@]}"
}

commands=$("$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -gt 20 ] || fail 'the help lists no commands'
for command in $commands; do
    grep -q "^\.SS $command " <<<"$plain" || fail "the manual page has no '$command'"
    complete_at "$command" | grep -x -- "$command" >/dev/null || fail "'$command' is not completed"
    for option in $("$program" "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
        grep -q -- "$option" <<<"$plain" || fail "the manual page has no '$option'"
        complete_at "$command" "$option" | grep -x -- "$option" >/dev/null || fail "'$command $option' is not completed"
    done
done
while read -r status name _; do
    grep -A1 "^\.B $status$" <<<"$plain" | grep "^$name:" >/dev/null || fail "the manual page has no exit status $status"
done < <("$program" help exit-statuses | sed -n 's/^ *\([0-9]\)/\1/p')
[ -z "$(complete_at sign --nonsense)" ] || fail 'nonsense is completed'
