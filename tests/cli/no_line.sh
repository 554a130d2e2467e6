#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A refused command writes no line: each command, at each stage of a ceremony, and what can refuse it; the folder
# stays as it was, byte for byte (tokens count wrong PINs, and a PIN that a token refused is a line). no_line.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/lib.sh"

ok rehearse --unattended --preset root-2of4 "$WORK/closed"
mkdir "$WORK/none" "$WORK/full" "$WORK/full/bundle"
: >"$WORK/full/bundle/foreign"
printf 12 >"$WORK/short"
rehearsal_pin Alice >"$WORK/pin"

# stage NAME EVENT: the ceremony as it stood before the first such line
stage() {
    local lines
    lines=$(grep -n "\"event\":\"$2\"" "$WORK/closed/journal.jsonl" | head -n 1 | cut -d : -f 1)
    cp -r "$WORK/closed" "$WORK/$1"
    rm -rf "$WORK/$1/bundle" "$WORK/$1/bundle.tar"
    head -n $((lines - 1)) "$WORK/closed/journal.jsonl" >"$WORK/$1/journal.jsonl"
    # this machine remembers it so, too
    tail -n 1 "$WORK/$1/journal.jsonl" | tr -d '\n' | sha256sum | cut -c 1-64 >>"$(find "$XDG_STATE_HOME" -type f)"
}
stage fresh opened
rm "$WORK/fresh/journal.jsonl"
stage ready date-confirmed
stage dated plan-accepted
stage called key-generating
stage enrolled reviewed
stage reviewed signature
stage signed client-view

today=$(date -u +%Y-%m-%d)
count=0
while IFS='|' read -r at status text arguments; do
    [ -n "$at" ] || continue
    D=$WORK/$at
    eval "set -- $arguments"
    refused "$status" "$text" "$D" "$@"
    count=$((count + 1))
done <<'TABLE'
fresh|7|too early|accept "$D" --date "$today" --word sesame
fresh|2|year-month-day|accept "$D" --date yesterday
fresh|2|needs --date|accept "$D"
fresh|2|days from this machine's date|accept "$D" --date 2031-01-01
fresh|7|too early|roll-call "$D" Alice --administrator Ada
fresh|2|no keyholder|roll-call "$D" Zoe --administrator Ada
fresh|7|too early|enrol "$D" Alice --pin-source "$WORK/pin"
fresh|7|.|withdraw "$D" Alice
fresh|7|nothing to review|review "$D" root --accept sesame
fresh|7|before everything is reviewed|sign "$D" Alice --pin-source "$WORK/pin"
fresh|7|too early|skip "$D" Alice --reason late
fresh|2|needs --reason|skip "$D" Alice
fresh|7|too early|bag "$D" Alice 77
fresh|7|too early|destroy "$D" Alice
fresh|7|.|bundle "$D"
fresh|7|.|close "$D"
fresh|2|tokens of a rehearsal|token-pin "$D"
fresh|2|tokens of a rehearsal|token-init "$D"
fresh|2|tokens of a rehearsal|token-unblock "$D"
fresh|2|no change is given|edit "$D"
ready|8|is not the first word|accept "$D" --date "$today" --word sesame
ready|2|days from this machine's date|accept "$D" --date 2031-01-01 --word sesame
ready|2|not the same date|accept "$D" --date "$today" --date-again 2031-01-01
ready|7|too early|roll-call "$D" Alice --administrator Ada
dated|8|is not the first word|accept "$D" --word sesame
called|2|no keyholder|enrol "$D" Zoe --pin-source "$WORK/pin"
called|3|can.t be opened|enrol "$D" Alice --pin-source "$WORK/no-such-file"
called|2|no descriptor|enrol "$D" Alice --pin-source fd:x
called|7|not named|roll-call "$D" Alice
called|2|no keyholder|skip "$D" Zoe --reason late
called|7|no key that was enrolled|withdraw "$D" Alice
called|7|this ceremony uses|replan "$D" --accept sesame
enrolled|7|every key that the plan asks for|enrol "$D" Alice --pin-source "$WORK/pin"
enrolled|8|is not the first word|review "$D" root --accept sesame
enrolled|2|does not propose|review "$D" timestamp --accept sesame
enrolled|7|before everything is reviewed|sign "$D" Alice --pin-source "$WORK/pin"
reviewed|2|no keyholder|sign "$D" Zoe --pin-source "$WORK/pin"
reviewed|3|can.t be opened|sign "$D" Alice --pin-source "$WORK/no-such-file"
reviewed|7|still missing|bundle "$D"
reviewed|2|number of a bag|bag "$D" Alice ''
reviewed|2|no keyholder|bag "$D" Zoe 77
signed|7|nothing to sign|sign "$D" Alice --pin-source "$WORK/pin"
signed|7|can.t be changed|accept "$D" --date "$today"
signed|7|can.t be changed|withdraw "$D" Alice
signed|3|.|bundle "$D" --to "$WORK/no-such-folder"
signed|3|in the way|bundle "$D" --to "$WORK/full"
signed|7|.|close "$D"
closed|7|can.t be changed|accept "$D" --date "$today"
closed|7|closed|roll-call "$D" Alice --administrator Ada
closed|7|closed|enrol "$D" Alice --pin-source "$WORK/pin"
closed|7|closed|sign "$D" Alice --pin-source "$WORK/pin"
closed|7|closed|skip "$D" Alice --reason late
closed|7|closed|bag "$D" Alice 77
closed|7|closed|close "$D"
closed|7|closed|doctor "$D" --record
TABLE
echo "$count refusals, and no line"
