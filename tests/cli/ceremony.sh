#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A first root and its rotation by commands alone: ceremony.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/lib.sh"

# enrols NAME...: each with the PIN from a file or a descriptor
enrols() {
    local name
    for name in "$@"; do
        rehearsal_pin "$name" >"$WORK/pin"
        if [ "$name" = Bo ]; then
            exec 7<"$WORK/pin"
            json 'd["holder"] == "Bo" and len(d["keyid"]) == 64' enrol "$D" "$name" --accept --pin-source fd:7
            exec 7<&-
        else
            json 'len(d["keyid"]) == 64 and d["uri"].startswith("pkcs11:") and "object=REHEARSAL" in d["uri"]' enrol "$D" "$name" --accept --pin-source "$WORK/pin"
        fi
    done
}

# reviews ROLE...
reviews() {
    local role
    for role in "$@"; do
        ok review "$D" "$role"
        ok review "$D" "$role" --accept "$(first_word)"
    done
}

# signs COMPLETE NAME
signs() {
    rehearsal_pin "$2" >"$WORK/pin"
    json "d['holder'] == '$2' and d['complete'] is $1" sign "$D" "$2" --pin-source "$WORK/pin"
}

# starts: date, plan
starts() {
    json 'len(d["checks"]) > 5' doctor "$D" --record
    ok check "$D"
    WORD=$(first_word)
    json 'True' accept "$D" --date "$(date -u +%Y-%m-%d)" --word "$WORD"
}

online_key >"$WORK/online.pem"
# the command that 'close' prints, run by a shell
check_as_printed() {
    sed -n 's/^check the bundle with: //p' <<<"$OUT" >"$WORK/command"
    mkdir -p "$WORK/bin"
    ln -sf "$(realpath "$PROGRAM")" "$WORK/bin/tuf-ceremony"
    PATH=$WORK/bin:$PATH sh "$WORK/command" >"$WORK/checked" || fail "does not work: $(cat "$WORK/command")"
    grep -q '^ok .* root v' "$WORK/checked" || fail 'no root was checked'
}
D=$WORK/first
json "d['folder'] == '$D'" new --preset root-3of5 --online-key "$WORK/online.pem" \
    --keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee --keyholder Ee "$D"
sed -i 's/"rehearsal":\tfalse/"rehearsal":\ttrue/' "$D/plan.json"
json 'd["roles"]["root"]["threshold"] == 3 and not [f for f in d["findings"] if f["level"] == "refused"]' check "$D"
json 'len(d["checks"]) > 5' doctor "$D" --record
refused 7 'too early' "$D" roll-call "$D" Alice --administrator Ada
starts
json 'True' roll-call "$D" Alice Bo Chen Dee Ee --administrator Ada --witness Wim
refused 7 'nothing to review' "$D" review "$D"
enrols Alice Bo Chen Dee Ee
json 'True' withdraw "$D" Ee
enrols Ee
json 'len(d["proposals"]) == 2 and d["proposals"][0]["version"] == 1' review "$D"
refused 8 'is not the first word' "$D" review "$D" root --accept sesame
rehearsal_pin Alice >"$WORK/pin"
refused 7 'before everything is reviewed' "$D" sign "$D" Alice --pin-source "$WORK/pin"
reviews root targets
signs False Alice
refused 7 'nothing to sign' "$D" sign "$D" Alice --pin-source "$WORK/pin"
json 'True' skip "$D" Bo --reason 'is late'
printf 27182818 >"$WORK/pin"
refused 13 'PIN' - sign "$D" Chen --pin-source "$WORK/pin"
grep -q '"event":"pin-refused"' "$D/journal.jsonl" || fail 'a wrong PIN is not recorded'
grep -q 27182818 "$D/journal.jsonl" && fail 'a PIN is in the journal'
refused 7 'signatures are still missing' "$D" bundle "$D"
signs False Chen
signs True Dee
json 'd["complete"] is True and d["station"]' status "$D"
json 'd["manifest"]' bundle "$D"
mkdir "$WORK/again"
ok bundle "$D" --to "$WORK/again"
cmp "$D/bundle.tar" "$WORK/again/bundle.tar"
ok close "$D"
check_as_printed
cp -r "$D" "$WORK/copy" # an auditor's
mkdir "$WORK/third"
ok bundle "$WORK/copy" --to "$WORK/third"
cmp "$D/bundle.tar" "$WORK/third/bundle.tar"
refused 7 'closed' "$D" sign "$D" Ee --pin-source "$WORK/pin"
json '"transcript" in d' transcript "$D"
ok transcript "$D"
cmp <(printf '%s\n' "$OUT") <(sed -e '$a\' "$D/bundle/transcript.txt") || fail 'another transcript than the bundle has'
json 'd["accepted"] is True and len(d["roles"]) == 4' verify --trusted-root "$D/bundle/metadata/1.root.json" "$D/bundle.tar"
ok inspect "$D/bundle/metadata/1.root.json"
grep -q 'root is signed by any 3 of 5 keys' <<<"$OUT" || fail 'inspect does not say who signs'
json 'd["type"] == "root" and len(d["signatures"]) == 3' inspect "$D/bundle/metadata/1.root.json"
for PLACE in "$D/bundle" "$D/bundle/metadata" "$D/bundle.tar"; do
    json 'd["end"] == "nowhere" and not d["complete"] and [s["role"] for s in d["steps"]] == ["targets"]' inspect "$PLACE" --path a/b
    json 'sorted(k["holder"] for k in d["steps"][0]["keys"]) == ["Alice", "Bo", "Chen", "Dee", "Ee"]' inspect "$PLACE" --path a/b
    ok inspect "$PLACE" --path a/b --trusted-root "$D/bundle/metadata/1.root.json"
    grep -q 'signed by any 3 of 5 keys' <<<"$OUT" || fail 'inspect --path does not say how many sign'
    grep -q '\.\.\.  Chen$' <<<"$OUT" || fail 'inspect --path does not say who signs'
    grep -q "^Not found: no role that may list 'a/b' does" <<<"$OUT" || fail 'inspect --path does not say the end'
done
refused 5 'expired' "$D" inspect "$D/bundle" --path a/b --at 2100-01-01T00:00:00Z
refused 3 'no path that may be used' "$D" inspect "$D/bundle" --path ../a
refused 2 'goes with --path' "$D" inspect "$D/bundle/metadata/1.root.json" --trusted-root "$D/bundle/metadata/1.root.json"
refused 2 'time' "$D" inspect "$D/bundle" --path a/b --at yesterday
mkdir "$WORK/empty"
refused 7 'there is no root' - inspect "$WORK/empty" --path a/b
sed 's/"version": 1/"version": 2/' "$D/bundle/metadata/1.root.json" >"$WORK/forged.json"
refused 4 'signatures' - inspect "$D/bundle" --path a/b --trusted-root "$WORK/forged.json"
ok canonical --signed "$D/bundle/metadata/1.root.json"
DIGEST=$(printf %s "$OUT" | sha256sum | cut -d ' ' -f 1)
json "d['sha256'] == '$DIGEST'" inspect "$D/bundle/metadata/1.root.json"

# A year later: Dee leaves, Flo joins, three of the old ones are there.
N="$WORK/the next one's"
# what builds on a rehearsal is one, and its people bring their tokens, as far as these are there
cp -r "$D/bundle" "$WORK/carried"
ok new --from "$WORK/carried" "$WORK/apart"
grep -q 'is a rehearsal, as the ceremony before' <<<"$OUT" && grep -q 'tokens were not found' <<<"$OUT" || fail 'not said that tokens are missing'
[ ! -e "$WORK/apart/first" ] || fail 'tokens out of nowhere'
json 'd["rehearsal"] is True' new --from "$D" "$WORK/beside"
[ "$(find "$WORK/beside/first/tokens" -name token.object | wc -l)" = 5 ] || fail 'not all tokens came along'
ok new --from "$D/bundle" "$N"
grep -qF "then: tuf-ceremony rehearse '$WORK/the next one'\\''s'" <<<"$OUT" || fail 'the next command is not printed'
# by words: what a rule refuses changes nothing, and the reason is printed; at home no journal begins
refused 8 'clients can.t follow' "$N" edit "$N" --lose Alice --lose Bo --leave-lost Chen
refused 2 'no change is given' "$N" edit "$N"
refused 2 'nobody.s name' "$N" edit "$N" --join Flo --leave Zoe
json 'len(d["digest"]) == 64 and "losses" in [f["rule"] for f in d["findings"]]' edit "$N" --leave Dee --join Flo
[ ! -e "$N/journal.jsonl" ] || fail 'edit began a journal'
# somebody put newer metadata beside what the plan builds on
for role in root targets; do
    cp "$N/inputs/trusted/1.$role.json" "$N/inputs/trusted/2.$role.json"
    refused 6 "$role v2 lies in inputs/trusted beside v1" "$N" check "$N"
    rm "$N/inputs/trusted/2.$role.json"
done
ok check "$N"
# where the old threshold can't be reached: the plan that is named instead
json 'True' new --from "$D/bundle" --first-root "$WORK/anew"
json 'not [f for f in d["findings"] if f["level"] == "refused"] and d["roles"]["root"]["signed"]' check "$WORK/anew"
ok check "$WORK/anew"
grep -q 'A new first root: no client that trusts root v1 or an older one' <<<"$OUT" || fail 'not said who follows'
mkdir "$WORK/only"
cp "$D/bundle/metadata/1.root.json" "$WORK/only"
refused 7 'targets in force are not in the folder' - new --from "$WORK/only" --first-root "$WORK/anew2"
[ ! -e "$WORK/anew2" ] || fail 'a half-made folder is left'
json 'd["changes"] == ["root and targets: Flo joins, with a key that is enrolled here", "root and targets: the key of Dee goes"]' check "$N"
D=$N
ok doctor "$D" --record
ok edit "$D" --expires 'root=400 days'
grep -q '"event":"plan-changed"' "$D/journal.jsonl" || fail 'the journal does not say that the plan changed'
starts
refused 8 'when the metadata in force was signed' "$D" accept "$D" --date 2020-01-01 --date-again 2020-01-01 --word "$WORD"
refused 7 'is accepted' "$D" edit "$D" --keep Dee
ok roll-call "$D" Alice Chen Dee Flo --administrator Ada --witness Wim
enrols Flo
reviews root targets
signs False Alice
signs False Chen
signs False Dee
json '[o["reached"] for o in d["proposals"][0]["obligations"]] == [3, 2]' status "$D"

# The plan changes half-way: it is said what that voids, and nothing happens before the word.
cp "$D/plan.json" "$WORK/plan.json"
sed -i 's/"title":[[:space:]]*"[^"]*"/"title": "Another title"/' "$D/plan.json"
refused 9 'is not the one that this ceremony uses' "$D" sign "$D" Flo --pin-source "$WORK/pin"
json 'd["taken"] is False and all(i["kept"] for i in d["items"]) and len(d["items"]) == 6' replan "$D"
ok replan "$D"
ok replan "$D" --accept "$(sed -n '/^digest of/,$p' <<<"$OUT" | OUT=$(cat) && OUT=$(sed -n '/^digest of/,$p' <<<"$OUT") && first_word)"
ok check "$D"
ok accept "$D" --word "$(first_word)"
signs True Flo
ok bundle "$D"
ok close "$D"
check_as_printed
json 'd["accepted"] is True and d["roles"][1]["version"] == 2' verify --trusted-root "$WORK/first/bundle/metadata/1.root.json" "$D/bundle"
# with the holders' names, by the bundles' key records
F=$WORK/first/bundle
ok diff "$F/metadata/1.root.json" "$D/bundle/metadata/2.root.json"
grep -q "root: Dee's key [0-9a-f]* goes" <<<"$OUT" || fail 'diff does not say whose key goes'
grep -q "root: Flo's key [0-9a-f]* comes" <<<"$OUT" || fail 'diff does not say whose key comes'
(cd "$F/metadata" && ok diff 1.root.json "$D/bundle/metadata/2.root.json" && grep -q "Dee's" <<<"$OUT") || fail 'not from its own folder'
ok inspect "$F/metadata/1.root.json"
grep -q 'Dee' <<<"$OUT" || fail 'inspect does not say whose keys they are'
mkdir "$WORK/alone"
cp "$F/metadata/1.root.json" "$WORK/alone"
ok diff "$WORK/alone/1.root.json" "$D/bundle/metadata/2.root.json"
grep -q 'root: key [0-9a-f]* goes' <<<"$OUT" || fail 'a name from nowhere'
json 'len(d["changes"]) == 6' diff "$WORK/first/bundle/metadata/1.root.json" "$D/bundle/metadata/2.root.json"
