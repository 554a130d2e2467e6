/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/socket.h>

static int refuse(struct err *e, int rc)
{
    err_system(e, rc < 0 ? -rc : rc, "the network can't be shut off for this program");
    e->code = ERR_NOT_READY;
    return err_todo(e, "use a Linux kernel with seccomp filters (CONFIG_SECCOMP_FILTER)");
}

static int fill(scmp_filter_ctx f)
{
    static const int ways_around[] = {
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(io_uring_enter),
        SCMP_SYS(io_uring_register),
        SCMP_SYS(pidfd_getfd),
    };
    static const int makers[] = {SCMP_SYS(socket), SCMP_SYS(socketpair)};
    const uint32_t no = SCMP_ACT_ERRNO(EACCES);
    int rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, no);

    for (size_t i = 0; rc == 0 && i < sizeof makers / sizeof makers[0]; i++)
        rc = seccomp_rule_add(f, no, makers[i], 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
    for (size_t i = 0; rc == 0 && i < sizeof ways_around / sizeof ways_around[0]; i++)
        rc = seccomp_rule_add(f, no, ways_around[i], 0);
    return rc;
}

int sandbox_no_network(struct err *e)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    int rc;

    if (f == NULL)
        return err_oom(e);
    if ((rc = fill(f)) == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? 0 : refuse(e, rc);
}
