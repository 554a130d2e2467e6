/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/harden.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tokens/worker/sandbox.h"

int harden_process(struct err *e)
{
    const struct rlimit none = {0, 0};

    umask(077);
    (void)signal(SIGPIPE, SIG_IGN); /* a dead agent is an error, not the end */
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
        err_system(e, errno, "core dumps can't be switched off");
        e->code = ERR_NOT_READY;
        return -1;
    }
    return sandbox_no_network(e);
}
