/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REFUSED SCMP_ACT_ERRNO(EACCES)

/* A system call that is refused when that argument, masked, has that value. */
struct refused_when {
    int call;
    unsigned argument;
    scmp_datum_t mask, value;
};

static int refuse(struct err *e, int rc, const char *what)
{
    err_system(e, rc < 0 ? -rc : rc, "%s", what);
    e->code = ERR_NOT_READY;
    return err_todo(e, "use a Linux kernel with seccomp filters (CONFIG_SECCOMP_FILTER)");
}

static int fill_network(scmp_filter_ctx f)
{
    static const int ways_around[] = {
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(io_uring_enter),
        SCMP_SYS(io_uring_register),
        SCMP_SYS(pidfd_getfd),
    };
    static const int makers[] = {SCMP_SYS(socket), SCMP_SYS(socketpair)};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof makers / sizeof makers[0]; i++)
        rc = seccomp_rule_add(f, REFUSED, makers[i], 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
    for (size_t i = 0; rc == 0 && i < sizeof ways_around / sizeof ways_around[0]; i++)
        rc = seccomp_rule_add(f, REFUSED, ways_around[i], 0);
    return rc;
}

static const int refused[] = {
    /* whatever reaches into another process, makes one, or changes what the machine is */
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise), SCMP_SYS(kcmp), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(fork),
    SCMP_SYS(vfork), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(unshare), SCMP_SYS(setns),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(mount_setattr),
    SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(open_by_handle_at), SCMP_SYS(keyctl),
    SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    /* to a path or an abstract name, which no filter sees */
    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen),
    /* what changes a file by its name, which Landlock does not see */
    SCMP_SYS(truncate), SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(lchown),
    SCMP_SYS(fchownat), SCMP_SYS(utime), SCMP_SYS(utimes), SCMP_SYS(futimesat), SCMP_SYS(utimensat),
    SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(removexattr), SCMP_SYS(lremovexattr),
    452 /* fchmodat2, which Debian 12's library does not know yet */
};

static int fill_calls(scmp_filter_ctx f)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof refused / sizeof refused[0]; i++)
        rc = seccomp_rule_add(f, REFUSED, refused[i], 0);
    /* libc then makes its threads with clone, whose flags can be looked at */
    return rc != 0 ? rc : seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* The kernel looks at the low half of these arguments alone. */
static int fill_arguments(scmp_filter_ctx f)
{
    static const scmp_datum_t low = UINT32_MAX;
    const struct refused_when rows[] = {
        {SCMP_SYS(clone), 0, CLONE_THREAD, 0},  /* a process */
        {SCMP_SYS(socket), 1, 0xf, SOCK_DGRAM}, /* it needs no connect() to send */
        {SCMP_SYS(socketpair), 1, 0xf, SOCK_DGRAM},
        {SCMP_SYS(ioctl), 1, low, TIOCSTI}, /* typing on a terminal, taking one, */
        {SCMP_SYS(ioctl), 1, low, TIOCLINUX},
        {SCMP_SYS(ioctl), 1, low, TIOCSCTTY},
        {SCMP_SYS(ioctl), 1, low, FIOSETOWN}, /* signals to others, by way of a descriptor */
        {SCMP_SYS(ioctl), 1, low, SIOCSPGRP},
        {SCMP_SYS(fcntl), 1, low, F_SETOWN},
        {SCMP_SYS(fcntl), 1, low, F_SETOWN_EX},
        {SCMP_SYS(prctl), 0, low, PR_SET_DUMPABLE}, /* what was set here */
        {SCMP_SYS(prctl), 0, low, PR_SET_PDEATHSIG},
    };
    const scmp_datum_t self = (scmp_datum_t)getpid();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof rows / sizeof rows[0]; i++)
        rc = seccomp_rule_add(
            f, REFUSED, rows[i].call, 1,
            SCMP_CMP(rows[i].argument, SCMP_CMP_MASKED_EQ, rows[i].mask, rows[i].value));
    /* abort() signals its own process */
    if (rc == 0)
        rc = seccomp_rule_add(f, REFUSED, SCMP_SYS(kill), 1, SCMP_A0(SCMP_CMP_NE, self, 0));
    if (rc == 0)
        rc = seccomp_rule_add(f, REFUSED, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_NE, self, 0));
    return rc != 0
               ? rc
               : seccomp_rule_add(f, REFUSED, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_NE, 0, 0));
}

/* Takes effect with all of its rules or not at all. */
static int load(int (*const fill[])(scmp_filter_ctx), size_t n, const char *what, struct err *e)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    int rc;

    if (f == NULL)
        return err_oom(e);
    rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, REFUSED);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = fill[i](f);
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? 0 : refuse(e, rc, what);
}

int sandbox_no_network(struct err *e)
{
    static int (*const fill[])(scmp_filter_ctx) = {fill_network};

    return load(fill, 1, "the network can't be shut off for this program", e);
}

/* None to use, none to get back. The bounding set is emptied as long as that is allowed. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        (void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
    return syscall(SYS_capset, &head, none) == 0 ? 0 : -1;
}

/* Bytes; threads are bounded by the memory for their stacks. A sanitizer maps terabytes. */
static int set_limits(void)
{
    static const struct {
        __rlimit_resource_t what;
        rlim_t most;
    } rows[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_FSIZE, (rlim_t)64 << 20},
        {RLIMIT_NOFILE, 1024},
#ifndef __SANITIZE_ADDRESS__
        {RLIMIT_DATA, (rlim_t)8 << 30},
#endif
    };
    struct rlimit limit;

    (void)signal(SIGXFSZ, SIG_IGN); /* an error, not the end */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (getrlimit(rows[i].what, &limit) != 0)
            return -1;
        if (limit.rlim_max > rows[i].most)
            limit = (struct rlimit){rows[i].most, rows[i].most};
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(rows[i].what, &limit) != 0)
            return -1;
    }
    return 0;
}

int sandbox_module(const struct landlock_path *paths, size_t n, struct err *e)
{
    static int (*const fill[])(scmp_filter_ctx) = {fill_network, fill_calls, fill_arguments};

    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        set_limits() != 0 || drop_capabilities() != 0)
        return err_system(e, errno, "the helper for tokens can't be confined");
    if (landlock_confine(paths, n, e) != 0)
        return -1;
    return load(fill, sizeof fill / sizeof fill[0], "the helper for tokens can't be confined", e);
}
