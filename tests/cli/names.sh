#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Names of roles and files that mislead people or machines, in plans and in metadata in force: names.sh PROGRAM
PROGRAM=$1
. "$(dirname "$0")/lib.sh"
online_key >"$WORK/online.pem"
ok rehearse --unattended "$WORK/first"

# name PLAN NAME: the plan's delegated role gets that name (a Python string)
name() {
    rm -rf "$WORK/plan"
    ok new --from "$WORK/first/bundle" --preset delegations-2013 --keyholder Anna --keyholder Boris "$WORK/plan"
    python3 - "$WORK/plan/plan.json" "$1" <<'P'
import ast, json, sys
plan = json.load(open(sys.argv[1]))
name = ast.literal_eval("'" + sys.argv[2] + "'")
plan["delegations"][0]["name"] = name
plan["delegations"] = plan["delegations"][:1]
plan["sign"] = ["targets", name]
json.dump(plan, open(sys.argv[1], "w"))
P
}

# what could become another path, or another role, is no plan
for bad in '..' 'a/../b' '/a' 'a//b' 'a/' 'a/.' 'a\\\\b' 'a\nb' 'a\x1b[2Jb' 'a\x7fb' 'a\x85b' 'a\u202eb' 'a\u200bb' 'root' 'timestamp' ''; do
    name "$bad"
    refused 3 '' "$WORK/plan" check "$WORK/plan"
    grep -q "$(printf '\033')" "$WORK/err" && fail "a control character on the terminal: $bad"
done

# metadata in force: a file is taken for a role by its exact name alone
name 'targets/simple'
T=$WORK/plan/inputs/trusted
for stranger in '1.targets%2Fsimple.json' $'1.caf\xc3\xa9.json' $'1.cafe\xcc\x81.json' '1.Targets.json'; do
    cp "$T/1.targets.json" "$T/$stranger"
    refused 4 'is not signed by the keys of a role in force' "$WORK/plan" check "$WORK/plan"
    rm "$T/$stranger"
done
HIDDEN=$(printf '1.tar\342\200\256gets.json')
cp "$T/1.targets.json" "$T/$HIDDEN"
refused 3 'is no name for a file of a plan' "$WORK/plan" check "$WORK/plan"
grep -q "$(printf '\342\200\256')" "$WORK/err" && fail 'the direction of the text changes'
rm "$T/$HIDDEN"
# a link leads nowhere
mkdir "$WORK/elsewhere"
cp "$T/1.targets.json" "$WORK/elsewhere/evil.json"
ln -s "$WORK/elsewhere" "$T/1.targets"
ok check "$WORK/plan"
rm "$T/1.targets"
# as a folder it is one of its files
cp -r "$WORK/elsewhere" "$T/1.targets"
refused 4 "'targets/evil' is not signed\|targets/evil.json' is not signed" "$WORK/plan" check "$WORK/plan"
