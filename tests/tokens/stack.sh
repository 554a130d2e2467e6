#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts a stack of tokens for one command, in namespaces of its own:
#
#     stack.sh enter STACK COMMAND...    card, card-uncached, yubikey, tpm, opencryptoki, p11-kit, softhsm, fake
#
# and, inside: stack.sh fresh (new tokens, daemons started anew), stop (the daemons die), start;
# stack.sh order SLOT TEXT (to a reader's slot, card/slot.h; done when pcscd has seen it).
#
# The daemons listen nowhere outside, write only into a tmpfs, and end with the command; many stacks can
# run side by side. Only opencryptoki needs root: its files belong to a group.
set -eu
self=$(realpath "$0")
libs=/usr/lib/$(uname -m)-linux-gnu

lacks() {
    echo "SKIPPED: stack $STACK: $1; scripts/install-packages --tests installs it" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 77
}
need() {
    for file in "$@"; do [ -e "$file" ] || lacks "no $file"; done
}
# until COMMAND...: waits until it is true, five minutes at most
until_true() {
    n=0
    until "$@"; do
        n=$((n + 1))
        if [ "$n" -gt 6000 ]; then
            echo "stack $STACK: waited in vain for: $*" >&2
            tail -n 5 "$STACK_DIR"/*.log >&2 || true
            exit 1
        fi
        sleep 0.05
    done
}
# background NAME COMMAND...: a daemon whose pid is in NAME.pid
background() {
    name=$1
    shift
    "$@" >"$STACK_DIR/$name.log" 2>&1 &
    echo $! >"$STACK_DIR/$name.pid"
}
# dies NAME: kills the daemon, and waits until it is gone
dies() {
    [ -e "$STACK_DIR/$1.pid" ] || return 0
    pid=$(cat "$STACK_DIR/$1.pid")
    kill -KILL "$pid" 2>/dev/null || true
    until_true gone "$pid"
    rm -f "$STACK_DIR/$1.pid"
}
# a child of the namespace's init may stay a zombie
gone() {
    [ ! -e "/proc/$1/stat" ] || grep -qs '^[0-9]* ([^)]*) Z' "/proc/$1/stat" || [ ! -e "/proc/$1" ]
}

# --- smart cards: pcscd, two readers of vpcd, in each a slot for virtual cards or YubiKeys
# OpenSC makes keys by profiles, which are a package of their own
card_need() {
    need "$libs/opensc-pkcs11.so" /usr/share/opensc/sc-hsm.profile
    reader_need
}
reader_need() { need /usr/sbin/pcscd /usr/lib/pcsc/drivers/serial/libifdvpcd.so; }
card_env() {
    export STACK_MODULE=$libs/opensc-pkcs11.so
    [ "$STACK" = card ] || export OPENSC_CONF=$STACK_DIR/opensc.conf
}
card_once() {
    printf 'app default {\n framework pkcs15 {\n  use_pin_caching = false;\n }\n}\n' >"$STACK_DIR/opensc.conf"
    reader_once "Virtual Reader" "$STACK_CARD"
}
# reader_once NAME DEVICE: what the readers are called, and the program that lends them its devices
reader_once() {
    mkdir "$STACK_DIR/readers"
    # server mode; its client mode aborts pcscd. It listens on all addresses: there is only lo here.
    printf 'FRIENDLYNAME "%s"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH %s\nCHANNELID 0x8C7B\n' \
        "$1" /usr/lib/pcsc/drivers/serial/libifdvpcd.so >"$STACK_DIR/readers/vpcd"
    for slot in 0 1; do
        mkfifo "$STACK_DIR/slot$slot.orders"
        # shellcheck disable=SC2016 # the inner shell's
        background "slot$slot" sh -c 'exec 0<>"$1"; exec "$2" "$3"' slot \
            "$STACK_DIR/slot$slot.orders" "$2" $((35963 + slot))
        mv "$STACK_DIR/slot$slot.pid" "$STACK_DIR/slot$slot.runs"
    done
    card_start
}
card_fresh() { [ -e "$STACK_DIR/pcscd.pid" ] || card_start; }
card_start() {
    mkdir -p /run/pcscd
    rm -f /run/pcscd/pcscd.comm /run/pcscd/pcscd.pid
    background pcscd /usr/sbin/pcscd --foreground --info --config "$STACK_DIR/readers"
    until_true test -S /run/pcscd/pcscd.comm
}
card_stop() { dies pcscd; }
order() {
    said=$(wc -l <"$STACK_DIR/slot$1.log")
    echo "$2" >"$STACK_DIR/slot$1.orders"
    until_true answered "$1" "$said"
    tail -n 1 "$STACK_DIR/slot$1.log" | grep -q '^done' || { echo "refused: $2" >&2; exit 1; }
    case $2 in
    in*) until_true reader_says "$1" inserted ;;
    out) until_true reader_says "$1" Removed ;;
    esac
}
answered() { [ "$(wc -l <"$STACK_DIR/slot$1.log")" -gt "$2" ]; }
# what pcscd saw last in that reader; it looks every now and then only
reader_says() {
    last=$(grep "Card [iR].* 00 0$1\$" "$STACK_DIR/pcscd.log" | tail -n 1)
    case $last in
    *"Card $2"*) ;;
    *) [ -z "$last" ] && [ "$2" = Removed ] ;;
    esac
}

# --- YubiKeys: ykcs11 looks only into readers that are called so
yubikey_need() {
    need "$libs/libykcs11.so.2" "$libs/opensc-pkcs11.so"
    reader_need
}
yubikey_env() { export STACK_MODULE=$libs/libykcs11.so.2 STACK_OPENSC=$libs/opensc-pkcs11.so; }
yubikey_once() { reader_once "Yubico YubiKey OTP+FIDO+CCID" "$STACK_YUBIKEY"; }
yubikey_fresh() { card_fresh; }
yubikey_start() { card_start; }
yubikey_stop() { card_stop; }

# --- a TPM: swtpm, and before it a resource manager, as every machine has one (there in the kernel)
tpm_need() {
    need "$libs/libtpm2_pkcs11.so.1" "$libs/libtss2-tcti-swtpm.so.0" "$libs/libtss2-tcti-tabrmd.so.0" \
        /usr/bin/swtpm /usr/sbin/tpm2-abrmd /usr/bin/dbus-daemon
}
tpm_env() {
    export STACK_MODULE=$libs/libtpm2_pkcs11.so.1 TPM2_PKCS11_TCTI=tabrmd:bus_type=session
    export TPM2_PKCS11_STORE=$STACK_DIR/tpm/store TPM2_PKCS11_LOG_LEVEL=0 TSS2_LOG=all+NONE
    export DBUS_SESSION_BUS_ADDRESS=unix:path=$STACK_DIR/bus
}
tpm_once() {
    background bus dbus-daemon --session --nofork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS"
    until_true test -S "$STACK_DIR/bus"
}
tpm_fresh() {
    tpm_stop
    rm -rf "$STACK_DIR/tpm"
    mkdir -p "$STACK_DIR/tpm/store" "$STACK_DIR/tpm/state"
    tpm_start
}
tpm_start() {
    background swtpm swtpm socket --tpm2 --tpmstate "dir=$STACK_DIR/tpm/state" \
        --server "type=unixio,path=$STACK_DIR/tpm/socket" \
        --ctrl "type=unixio,path=$STACK_DIR/tpm/socket.ctrl" --flags not-need-init,startup-clear
    until_true test -S "$STACK_DIR/tpm/socket.ctrl"
    background abrmd tpm2-abrmd --session --allow-root --tcti="swtpm:path=$STACK_DIR/tpm/socket"
    until_true tpm_answers
}
tpm_answers() {
    dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.GetNameOwner string:com.intel.tss2.Tabrmd >/dev/null 2>&1
}
tpm_stop() {
    dies abrmd
    dies swtpm
    rm -f "$STACK_DIR/tpm/socket" "$STACK_DIR/tpm/socket.ctrl"
}

# --- opencryptoki: two soft tokens that its own tool sets up
opencryptoki_need() { need "$libs/pkcs11/libopencryptoki.so" /usr/sbin/pkcsslotd; }
opencryptoki_env() { export STACK_MODULE=$libs/pkcs11/libopencryptoki.so; }
opencryptoki_once() {
    for dir in /etc/opencryptoki /var/lib/opencryptoki /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "$dir"; done
    # root's modules run as this user, in the group that the files belong to
    { cat /etc/passwd && echo 'tuf-ceremony-module:x:61234:61234::/:/bin/false'; } >"$STACK_DIR/passwd"
    sed '/^pkcs11:/{s/$/,tuf-ceremony-module/;s/:,/:/}' /etc/group >"$STACK_DIR/group"
    for file in passwd group; do mount --bind "$STACK_DIR/$file" "/etc/$file"; done
    printf 'version opencryptoki-3.1\n' >/etc/opencryptoki/opencryptoki.conf
    for slot in 0 1; do
        printf 'slot %d\n{\nstdll = libpkcs11_sw.so\ntokname = soft%d\n}\n' $slot $slot \
            >>/etc/opencryptoki/opencryptoki.conf
    done
}
opencryptoki_fresh() {
    dies pkcsslotd
    rm -rf /var/lib/opencryptoki/* /dev/shm/* /run/lock/opencryptoki
    for dir in soft0 soft1 swtok; do
        mkdir -p "/run/lock/opencryptoki/$dir" "/var/lib/opencryptoki/$dir/TOK_OBJ"
    done
    chgrp -R pkcs11 /run/lock/opencryptoki /var/lib/opencryptoki
    chmod -R 770 /run/lock/opencryptoki /var/lib/opencryptoki
    opencryptoki_start
    for slot in 0 1; do
        label=$(echo 'contract A,contract B' | cut -d, -f$((slot + 1)))
        { # the factory's SO PIN; until PINs are changed once, the token does nothing else
            printf '87654321\n%s\n' "$label" | pkcsconf -I -c $slot
            printf '87654321\n12345678\n12345678\n' | pkcsconf -P -c $slot
            printf '12345678\n1111111\n1111111\n' | pkcsconf -u -c $slot
            printf '1111111\n4711471\n4711471\n' | pkcsconf -p -c $slot
        } >>"$STACK_DIR/pkcsconf.log" 2>&1
    done
}
opencryptoki_start() {
    rm -f /run/pkcsslotd.socket
    background pkcsslotd /usr/sbin/pkcsslotd -f
    until_true test -S /run/pkcsslotd.socket
}
opencryptoki_stop() { dies pkcsslotd; }

# --- a token that is far away: SoftHSM behind p11-kit's server
p11_kit_need() { need "$libs/pkcs11/p11-kit-client.so" /usr/bin/p11-kit /usr/lib/softhsm/libsofthsm2.so; }
p11_kit_env() {
    export STACK_MODULE=$libs/pkcs11/p11-kit-client.so P11_KIT_SERVER_ADDRESS="unix:path=$STACK_DIR/remote"
    export SOFTHSM2_CONF="$STACK_DIR/softhsm/softhsm2.conf"
}
p11_kit_once() { :; }
p11_kit_fresh() {
    p11_kit_stop
    rm -rf "$STACK_DIR/softhsm"
    mkdir "$STACK_DIR/softhsm"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$STACK_DIR/softhsm" \
        >"$SOFTHSM2_CONF"
    p11_kit_start
}
p11_kit_start() {
    rm -f "$STACK_DIR/remote"
    background remote p11-kit server -f --name "$STACK_DIR/remote" \
        --provider /usr/lib/softhsm/libsofthsm2.so pkcs11:
    until_true test -S "$STACK_DIR/remote"
}
# each connection has a child of its own
p11_kit_stop() {
    dies remote
    for pid in $(pgrep -f -- '-remote' || true); do kill -KILL "$pid" 2>/dev/null || true; done
}

# --- these need nothing started
none_need() { :; }
none_env() { :; }
none_once() { :; }
none_fresh() { :; }
none_start() { :; }
none_stop() { :; }

kind() {
    case $STACK in
    card*) echo card ;;
    p11-kit) echo p11_kit ;;
    tpm | opencryptoki | yubikey) echo "$STACK" ;;
    softhsm | fake) echo none ;;
    *) echo "unknown" ;;
    esac
}

enter() {
    STACK=$1
    shift
    export STACK
    "$(kind)_need"
    # a user namespace needs no root, but knows no group besides its own
    user=-r
    if [ "$STACK" = opencryptoki ]; then
        [ "$(id -u)" = 0 ] || lacks 'it needs root'
        user=
    fi
    # shellcheck disable=SC2086 # an option or nothing
    unshare $user -nmpi true 2>/dev/null || lacks 'unshare (util-linux) makes no namespaces here'
    # shellcheck disable=SC2086
    exec unshare $user -nmpi --fork --kill-child --mount-proc "$self" inside "$@"
}

inside() {
    mount -t tmpfs -o mode=755 tmpfs /run
    ip link set lo up
    # what the ceremony's program looks at: here is no interface besides lo
    mount -t sysfs sysfs /sys 2>/dev/null || mount -t tmpfs tmpfs /sys/class/net
    STACK_DIR=/run/stack
    STACK_SH=$self
    export STACK_DIR STACK_SH
    mkdir "$STACK_DIR"
    "$(kind)_env"
    "$(kind)_once"
    status=0
    "$@" || status=$? # not exec: the namespace's init reaps what its children leave
    exit "$status"
}

case $1 in
enter) shift; enter "$@" ;;
inside) shift; inside "$@" ;;
fresh | start | stop) "$(kind)_$1" ;;
order) shift; order "$@" ;;
*) echo "usage: stack.sh enter STACK COMMAND..." >&2; exit 2 ;;
esac
