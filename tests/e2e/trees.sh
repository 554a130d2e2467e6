#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The guide's tree of 2013, by its own commands and the walk's keys: from the bundle of a root, projects that the
# repository signs for, then handed over, signed by two of three, on a plain web server, where tuf-js finds their
# files: trees.sh PROGRAM
PROGRAM=$1
TOP=$(cd "$(dirname "$0")/../.." && pwd)
GUIDE=$TOP/docs/delegations.md
CLIENTS=$TOP/tests/clients
. "$TOP/tests/e2e/terminal.sh"
. "$TOP/tests/e2e/steps.sh"
. "$TOP/tests/docs/blocks.sh"
SERVER=
trap '[ -z "$SERVER" ] || kill "$SERVER"; cleanup' EXIT
need
cd "$WORK"

# step_key NAME: as step_enrol, where the list is longer than the screen and what is recorded stands in it
step_key() {
    see "> .*$1"
    press Enter
    see "$1, please insert your token"
    press i
    see "> SoftHSM"
    press Enter
    step_pin
    see "$1, this is your key"
    type_first_word
    press Enter
    see "ok $1 \|The key of $1 is recorded"
}

# step_template: the template is looked at and reviewed as one
step_template() {
    see '> .*targets/packages/{version}/{letter}, 216 files'
    press Enter
    see '216 files, each signed by any 2 of Anna, Boris, Carla'
    press Enter
    see 'The digest of the list of 216 files'
    type_first_word
    press Enter
    see 'Reviewed: targets/packages'
}

"$PROGRAM" rehearse --unattended pypi-root-2026 >said
cp pypi-root-2026/inputs/online.pem .
for file in simple.csv packages.csv hand-over-simple.csv hand-over-packages.csv; do guide_file "$file"; done
guide_run tree-2013
said 'targets/simple: projects: 2 come'
said 'targets/packages/{version}/{letter}: projects: 2 come'
said '216 roles, delegated by targets'

start 80 24 "$PROGRAM" rehearse pypi-roles-2026
step_readiness
step_plan
see 'Who is in the room'
# Alice, Bo, Chen sign targets; everybody who gets a key is here
press Space Down Space Down Space Down Down Down Space Down Space Down Space Down
see 'targets/simple: 3 here, 2 must sign'
type_in 'Ada'
press Enter
type_in 'Wim'
press Enter
for name in Anna Boris Carla; do step_key "$name"; done
see 'Every keyholder has a key'
press Enter
see '> .*targets, version 2, not looked at yet'
press Enter
see 'delegated roles: 217 added'
press Escape
VERSION=2 step_review targets
step_review targets/simple
step_template
press g
for name in Alice Bo Chen; do step_sign "$name" 1; done
for name in Anna Boris; do step_sign "$name" 217; done
press Down # to the choice below the edge
step_result

# the year after: root and targets stay, two of three are enough
for name in django-1 django-2 django-3 requests-1; do developer "$name"; done
guide_run tree-2013-hand-over
said 'targets/simple: projects: 2 change'
start 80 24 "$PROGRAM" rehearse pypi-roles-2027
step_readiness
step_plan
see 'Who is in the room'
see '> \[ \] Alice  has nothing to sign'
see '\[ \] Carla$' # one of three: may come
press Down Down Down Down Down Space Down Space Down Down
see 'targets/simple: 2 here, 2 must sign'
type_in 'Ada'
press Enter
type_in 'Wim'
press Enter
see 'Every keyholder has a key'
press Enter
see '> .*targets/simple, version 2, not looked at yet'
press Enter
see 'handed over to their'
press Escape
VERSION=2 step_review targets/simple
step_template
press g
for name in Anna Boris; do step_sign "$name" 217; done
press Down # to the choice below the edge
step_result

guide_run tree-2013-publish
sign_projects() { # DJANGO'S KEYS
    publish repository pypi-root-2026/REHEARSAL-online-private.pem \
        pypi-root-2026/bundle/snapshot-entries.json,pypi-roles-2026/bundle/snapshot-entries.json,pypi-roles-2027/bundle/snapshot-entries.json \
        "targets/simple/django=simple/django/index.html=$1" \
        "targets/simple/requests=simple/requests/index.html=requests-1.key" \
        "targets/packages/source/d/django=packages/source/d/django/Django-6.tar.gz=django-2.key,django-3.key" \
        "targets/packages/py3/r/requests=packages/py3/r/requests/requests-3.whl=requests-1.key"
}
# is FOUND PATH
is() {
    answer=$(finds pypi-root-2026/bundle/metadata/1.root.json "$2")
    case $answer in $1) ;; *) echo "$2: '$answer' is not '$1'" >&2; exit 1 ;; esac
}
sign_projects django-1.key,django-3.key
serve repository
for file in simple/django/index.html simple/requests/index.html packages/source/d/django/Django-6.tar.gz \
    packages/py3/r/requests/requests-3.whl; do
    is found "$file"
done
is none simple/flask/index.html
guide_run tree-2013-look
said 'targets/simple/django'
# one developer too few; the repository, which signed before
sign_projects django-1.key
is 'refused: *targets/simple/django was signed by 1/2 keys*' simple/django/index.html
sign_projects pypi-root-2026/REHEARSAL-online-private.pem
is 'refused: *targets/simple/django was signed by 0/2 keys*' simple/django/index.html
is found simple/requests/index.html
