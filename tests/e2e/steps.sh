# SPDX-License-Identifier: Apache-2.0
# steps.sh - the stations of the walk, by keys alone: sourced behind terminal.sh.

step_readiness() {
    see 'Is this machine fit'
    see 'Clock plausible' # the checks were made
    press Enter
    see "today's date"
    type_in "$(date -u +%Y-%m-%d)"
    press Enter
}

# A walk that goes on looks at the machine again, and asks for the date.
step_resume() {
    see 'Resuming a ceremony begun'
    step_readiness
}

step_plan() {
    see 'This is the plan'
    press Enter
    see 'the plan that everybody was sent'
    type_first_word
    press Enter
}

# step_roll_call HOLDERS
step_roll_call() {
    see 'Who is in the room'
    i=0
    while [ "$i" -lt "$1" ]; do
        press Space Down
        i=$((i + 1))
    done
    see 'must sign'
    type_in 'Ada'
    press Enter
    type_in 'Wim, Wout'
    press Enter
}

# The worthless PIN that a rehearsal shows.
step_pin() {
    see 'REHEARSAL: the PIN is [0-9]*,'
    type_in "$(screen | sed -n 's/.*the PIN is \([0-9]*\),.*/\1/p')"
    press Enter
}

# step_enrol NAME
step_enrol() {
    see 'Whose key is made next'
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
    see "The key of $1 is recorded"
}

# step_review ROLE
step_review() {
    see "> .*$1, version ${VERSION:-1}, not looked at yet"
    press Enter
    see 'This is what will be signed'
    press Enter
    see "The digest of $1"
    type_first_word
    press Enter
    see "Reviewed: $1"
}

# step_sign NAME [FILES]
step_sign() {
    see "> $1"
    press Enter
    see "$1, please insert your token"
    press i
    see "$1, this is what your token will sign"
    step_pin
    if [ "${2:-2}" = 1 ]; then
        see "$1 signed 1 file: verified and on disk"
    else
        see "$1 signed ${2:-2} files: verified and on disk"
    fi
}

# step_result: and the printed command that checks the bundle, as it is printed
step_result() {
    see 'continue to the client'
    while ! screen | grep -q "> continue to the client"; do
        press Down
        sleep 0.2
    done
    press Enter
    see 'accepts the files that are marked ok'
    press Enter
    see 'Write the bundle?'
    press Enter
    see 'written, read back, and the same'
    press Enter
    see 'Read the transcript together'
    press Enter
    see 'type the word close'
    type_in close
    press Enter
    see 'The ceremony is closed'
    press Enter
    see 'ENDED 0'
    check=$(printed 'Check it with')
    (PATH=$WORK:$PATH && eval "$check")
}
