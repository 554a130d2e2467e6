#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What public repositories hold that not every client reads, and what administrators hand over by mistake:
# cases.sh PROGRAM
PROGRAM=$(realpath "$1")
HERE=$(dirname "$(realpath "$0")")
# shellcheck source=tests/cli/lib.sh
. "$HERE/lib.sh"

# roots that python-tuf reads: verified, with a verdict for each client
for kind in v15:python-tuf pss384:python-tuf pss512:python-tuf p521:python-tuf pkcs1:python-tuf:go-tuf \
    crlf:python-tuf:tuf-js:go-tuf:tough; do
    IFS=: read -r -a clients <<<"$kind"
    R=$WORK/${clients[0]}
    python3 "$HERE/cases_root.py" "$WORK" "${clients[0]}"
    json "d['accepted'] and sorted(c for c in d['clients'] if d['clients'][c]['accepts']) == sorted('${clients[*]:1}'.split())" \
        verify --trusted-root "$R/1.root.json" "$R"
    ok verify --trusted-root "$R/1.root.json" "$R"
    case ${#clients[@]} in
    2) said='By their rules, python-tuf accepts this repository. tuf-js, go-tuf and tough refuse it: the reasons are above.' ;;
    3) said='By their rules, python-tuf and go-tuf accept this repository. tuf-js and tough refuse it: the reasons are above.' ;;
    *) said='A client accepts this repository.' ;;
    esac
    [ "$(tail -2 <<<"$OUT" | tr '\n' ' ' | grep -c -F "$said")" = 1 ] || { echo "$OUT" >&2; fail "not the last of 'verify': $said"; }
    sed 's/"sig": "00/"sig": "ff/; t; s/"sig": "../"sig": "00/' "$R/1.root.json" >"$WORK/forged.json"
    refused 4 'signature' - verify --trusted-root "$WORK/forged.json" "$R"
done

# a plan of such a root is a plan; its scheme is that of the keys in force
ok new --from "$WORK/v15" "$WORK/plan"
ok check "$WORK/plan"

# an online key that signs what targets delegates is swapped there, too, or the plan is refused
BINS=$WORK/bins
ok new --from "$HERE/online-bins" "$BINS"
online_key >"$BINS/inputs/fresh.pem"
refused 8 "targets v1 stays as it is: an old online key may sign for bins-\\*, which is stolen" "$BINS" \
    edit --stolen online=fresh.pem --sign targets=no "$BINS"
ok edit --online online=fresh.pem "$BINS"
for said in "bins-*, delegated to by targets: online key 'online' comes, the key b889be1f5ac0bcea... goes" \
    'bins-0, bins-1, bins-2 and bins-3 must be made anew in the same publication: 0 of the 1 signatures that targets v2 asks for' \
    'snapshot and timestamp must be made anew in the same publication: 0 of the 1 signatures that root v2 asks for'; do
    grep -q -F "$said" <<<"$OUT" || { echo "$OUT" >&2; fail "not said by 'edit': $said"; }
done
json "sorted(f['role'] for f in d['anew']) == ['bins-0', 'bins-1', 'bins-2', 'bins-3', 'snapshot', 'timestamp']" check "$BINS"

# files that are no public key: what each is, and what to do
PUBLIC=$WORK/public.pem
online_key >"$PUBLIC"
people=(--keyholder Alice --keyholder Bo --keyholder Chen --keyholder Dee)
new() { refused "$1" "$2" - new --preset root-2of4 --online-key "$3" "${people[@]}" "$WORK/x"; }
new 16 'private key' "$WORK/a-RSA-2048.key"
{ echo 'our online key:'; cat "$PUBLIC"; } >"$WORK/text.pem"
new 3 'text before the block' "$WORK/text.pem"
cat "$PUBLIC" "$PUBLIC" >"$WORK/two.pem"
new 3 'two blocks' "$WORK/two.pem"
openssl req -x509 -new -key "$WORK/a-RSA-2048.key" -subj /CN=x -days 9 -out "$WORK/certificate.pem" 2>/dev/null
new 3 'certificate' "$WORK/certificate.pem"
printf 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEy x@y\n' >"$WORK/ssh.pub"
new 3 'SSH' "$WORK/ssh.pub"
iconv -f UTF-8 -t UTF-16 "$PUBLIC" >"$WORK/utf16.pem"
new 3 'UTF-16' "$WORK/utf16.pem"
: >"$WORK/empty.pem"
new 3 'empty' "$WORK/empty.pem"
[ ! -e "$WORK/x" ] || fail 'a folder is left'
sed 's/$/\r/' "$PUBLIC" >"$WORK/crlf.pem"
ok new --preset root-2of4 --online-key "$WORK/crlf.pem" "${people[@]}" "$WORK/x"
ok check "$WORK/x"

# a plan that is no plan is corrected where it is, for there is no copy of it
sed 's/"tuf-ceremony-plan"/"tuf-ceremony-plan"oops/' "$WORK/x/plan.json" >"$WORK/plan.json"
cp "$WORK/plan.json" "$WORK/x/plan.json"
refused 3 'correct it, then run' "$WORK/x" check "$WORK/x"
sed 's/"tuf-ceremony-plan"oops/"unknown":1,"tuf-ceremony-plan"/' "$WORK/plan.json" >"$WORK/x/plan.json"
refused 3 'correct it, then run' "$WORK/x" check "$WORK/x"
