#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A large targets file in the walk, in a terminal: review.sh PROGRAM ENTRIES DELEGATIONS [unlimited]
#
# 700,000 entries make 180 MB. It is opened, paged, searched, jumped in and sampled, in words and as raw
# bytes. Opening it may take so many times the processor time of 'canonical' over the same file: see
# most_open (each delegation is compared with the one in force, each key is checked). The process may never have held
# more than 3 times the file: 6 times where it is all delegations, for each key is kept.
PROGRAM=$1
entries=$2
delegations=$3
limited=$([ "${4:-}" = unlimited ] && echo 0 || echo 1)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../e2e/terminal.sh"
. "$here/../e2e/steps.sh"

python3 "$here/repository.py" "$PROGRAM" "$WORK/in-force" "$entries" "$delegations"
size=$(wc -c <"$WORK/in-force/1.targets.json")
"$PROGRAM" new --from "$WORK/in-force" "$WORK/ceremony" >/dev/null
# nobody signs here: a rehearsal's tokens are not needed, its patience with this machine is
sed -i 's/"rehearsal":[[:space:]]*false/"rehearsal": true/' "$WORK/ceremony/plan.json"
mkdir "$WORK/ceremony/first"

# the processor time of a command in seconds: the least of three runs
cost_of() {
    python3 -c 'import resource, subprocess, sys
def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
times = []
for _ in range(3):
    before = spent()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
    times.append(spent() - before)
print(min(times))' "$@"
}
reference=$(cost_of "$PROGRAM" canonical "$WORK/in-force/1.targets.json")

# fields 14 and 15 of stat: ticks in user and system mode
ticks() { awk '{ print $14 + $15 }' "/proc/$child/stat"; }
further='-- lines \([2-9]\|[0-9][0-9][0-9]*\) to' # than the top
last_of() { screen | sed -n "s/.*-- lines \([0-9]*\) to \([0-9]*\) of \([0-9]*\).*/\\$1/p"; }

start 80 24 "$PROGRAM run $WORK/ceremony"
step_readiness
step_plan
step_roll_call 3
see 'Every keyholder has a key'
press Enter
see '> .*root, version 2, not looked at yet'
press Down
see '> .*targets, version 2, not looked at yet'
pid=$(t list-panes -t walk -F '#{pane_pid}')
child=$(ps -o pid= --ppid "$pid" | head -n 1 | tr -d ' ')
before=$(ticks)
press Enter
see 'This is what will be signed'
opened=$(($(ticks) - before))

see 'What changes against version 1'
see 'version 2, it was 1'
total=$(last_of 3)
[ "$total" -gt "$((entries + 3 * delegations))" ] || { echo "only $total lines" >&2; exit 1; }
press NPage
see "$further"
press End
see "to $total of $total"
press PPage
see "-- lines [0-9]* to .* of $total"
press Home
see 'This is what will be signed'

press /
if [ "$entries" -gt 0 ]; then
    type_in "project_$(printf %07d $((entries / 2)))"
    see "ject_$(printf %07d $((entries / 2)))\|project_\$"
else
    type_in "project-$(printf %07d $((delegations / 2)))"
    see "project-$(printf %07d $((delegations / 2))) is signed by"
fi
press Enter
see "$further"
press Home
see 'This is what will be signed'
press j
if [ "$entries" -gt 0 ]; then
    type_in packages/f0/
    see '"packages/f0/'
else
    type_in "project-$(printf %07d $((delegations - 2)))"
    see "project-$(printf %07d $((delegations - 2))) is signed by"
fi
press Enter
press s
see '-- lines'
press r
see 'The bytes that will be signed, laid out'
press End
see '"version": 2'
press Escape
see '> .*root, version 2'
peak=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$child/status")
press Escape
see 'Leave the ceremony for now'
press Enter
see 'ENDED 0'

hertz=$(getconf CLK_TCK)
awk -v size="$size" -v ticks="$opened" -v hertz="$hertz" -v peak="$peak" -v entries="$entries" \
    -v delegations="$delegations" -v limited="$limited" -v reference="$reference" 'BEGIN {
    most = delegations > entries ? 6 : 3
    most_open = delegations > entries ? 9 : 1
    open = ticks / hertz / reference
    larger = peak * 1024 / size
    printf "%d entries, %d delegations, %.0f MB\n", entries, delegations, size / 1e6
    printf "opening: %.2f times the time of canonical (%.2f s); at most %d\n", open, reference, most_open
    printf "memory:  %.0f MB, %.2f times the file; at most %d\n", peak * 1024 / 1e6, larger, most
    exit limited && (open > most_open || larger > most)
}'
