#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the pages for people name exists: docs.sh SOURCE BUILD PROGRAM [PAGE...]
#   `name`                  in the table of promises, a test of ctest
#   `folder/`, `a/b.c`      lies below SOURCE, unless the program makes it
#   `tuf-ceremony COMMAND --option`  a command that knows that option; so do shown blocks
#   `scripts/NAME`, --preset NAME in a cmake line, [text](file), and the heading that [text](file#heading) names
# README.md is short, the table of all promises is there, and no screen and no help has a word that the glossary rules out.
set -eu
source=$1 build=$2 program=$3
shift 3
cd "$source"
# shellcheck disable=SC2046 # names without blanks
[ $# -gt 0 ] || set -- README.md CONTRIBUTING.md SECURITY.md $(find docs -name '*.md' 2>/dev/null)
wrong=$(mktemp)
trap 'rm -f "$wrong"' EXIT

say() { echo "$page: $*" | tee -a "$wrong" >&2; }

# the words in backquotes of the text on standard input, a line each
# shellcheck disable=SC2016 # they are what is looked for
quoted() { grep -o '`[^`]*`' | tr -d '`'; }

tests=$(find "$build" -name CTestTestfile.cmake -exec sed -n 's/^add_test(\[*=*\[*"*\([A-Za-z0-9_-]*\).*/\1/p' {} +)
is_test() { printf '%s\n' "$tests" | grep -qx -- "$1"; }
is_test docs || { echo "no tests found below $build" >&2; exit 1; }

# | promise | `test` ... |
promises() {
    sed -n '/^| promise | test |/,/^$/p' "$page" | cut -d '|' -f 3 | quoted | while read -r name; do
        is_test "$name" || say "there is no test '$name'"
    done
}

# paths of the source tree
paths() {
    quoted <"$page" | grep -E '^(metadata|tokens|ceremony|tests|scripts|cmake|docs)/[A-Za-z0-9_./-]*$' | while read -r path; do
        [ -e "$path" ] || say "there is no '$path'"
    done
    grep -oE '(^| )scripts/[a-z-]+' "$page" | while read -r path; do
        [ -x "$path" ] || say "'$path' can't be run"
    done
    grep -oE '\]\([^)#:]+[)#]' "$page" | sed 's/^](//; s/.$//' | while read -r path; do
        [ -e "$(dirname "$page")/$path" ] || say "links to '$path', which is not there"
    done
}

# the anchors of a page's headings, as GitHub makes them
anchors() { sed -n '/^```/,/^```/d; s/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-'; }

links() {
    grep -oE '\]\([^):]*#[^)]+\)' "$page" | sed 's/^](//; s/)$//' | sort -u | while IFS='#' read -r path anchor; do
        to=$page
        [ -z "$path" ] || to=$(dirname "$page")/$path
        [ ! -e "$to" ] || anchors "$to" | grep -qx -- "$anchor" || say "links to '$path#$anchor', which is no heading"
    done
}

# every command line of ours, also those that go on after a backslash
commands() {
    sed -e ':more' -e '/\\$/N; s/\\\n//; t more' "$page" | grep -oE 'tuf-ceremony [a-z][a-z-]*[^`|]*' | while read -r _ command rest; do
        [ "$command" != help ] || continue
        if [ ! -s "$helps/$command" ]; then
            say "there is no command '$command'"
            continue
        fi
        for word in $rest; do
            case $word in --[a-z]* | \[*--[a-z]*) ;; *) continue ;; esac
            option=$(echo "$word" | sed -n 's/^\[*\(--[a-z][a-z-]*\).*/\1/p')
            [ -n "$option" ] || continue
            grep -qE -- "^  $option( |\$)" "$helps/$command" || say "'$command' has no option '$option'"
        done
    done
}

presets() {
    grep -oE '(cmake|ctest)( --build)? --preset [a-z]+' "$page" | sed 's/.* //' | while read -r name; do
        grep -q "\"name\": \"$name\", \"configurePreset\"" CMakePresets.json || say "there is no preset '$name'"
    done
}

# what the program prints: its texts, and the help of each command
own=$(mktemp) helps=$(mktemp -d)
trap 'rm -rf "$wrong" "$own" "$helps"' EXIT
"$program" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | while read -r command; do "$program" "$command" --help >"$helps/$command"; done
{
    grep -ao '[[:print:]]*tuf-ceremony [a-z][[:print:]]*' "$program" | tr "'" '`'
    "$program" help
    cat "$helps"/*
} >"$own"
page=$own
commands

# "*not:* word, word |" ends an entry of the glossary; a screen's lines are joined, without its left column
words() {
    shown=$(sed 's/^.*│ *//' tests/ui/golden/*.txt "$own" | tr '\n' ' ' | tr -s ' ')
    ruled_out=$(sed -n 's/.*\*not:\* \(.*\) |$/\1/p' "$page" | tr ',' '\n' | sed 's/^ *//')
    [ -n "$ruled_out" ] || say 'rules out no word'
    printf '%s\n' "$ruled_out" | while read -r word; do
        ! printf '%s' "$shown" | grep -qiwF -- "$word" || say "rules out '$word', which a screen or a help text has"
    done
}

for page in "$@"; do
    promises
    paths
    links
    commands
    presets
    [ "$page" != README.md ] || [ "$(wc -c <README.md)" -lt 6000 ] || say 'has 6 KB or more; move details to docs/'
    [ "$page" != docs/glossary.md ] || words
    [ "$page" != docs/promises.md ] || grep -q '^| promise | test |' "$page" || say 'has no table of promises'
done
[ ! -s "$wrong" ]
