/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* user_namespaces(7): the first one maps every number to itself. */
bool user_is_root(void)
{
    FILE *f = geteuid() == 0 ? fopen("/proc/self/uid_map", "re") : NULL;
    unsigned long inside = 0, outside = 0, n = UINT32_MAX;

    if (f != NULL && fscanf(f, "%lu %lu %lu", &inside, &outside, &n) != 3)
        n = UINT32_MAX; /* not known: taken for root */
    if (f != NULL)
        fclose(f);
    return geteuid() == 0 && inside == 0 && outside == 0 && n == UINT32_MAX;
}

static const struct passwd *find(void)
{
    const struct passwd *u = getpwnam(MODULE_USER);

    return u != NULL && u->pw_uid != 0 && u->pw_gid != 0 ? u : NULL;
}

bool user_there(void)
{
    return find() != NULL;
}

int user_become(struct err *e)
{
    const struct passwd *u = user_is_root() ? find() : NULL;
    gid_t gid = u != NULL ? u->pw_gid : 0;
    uid_t uid = u != NULL ? u->pw_uid : 0;

    if (u == NULL || (initgroups(MODULE_USER, gid) == 0 && setresgid(gid, gid, gid) == 0 &&
                      setresuid(uid, uid, uid) == 0))
        return 0;
    err_system(e, errno, "the helper for tokens can't become user '" MODULE_USER "'");
    e->code = ERR_NOT_READY;
    return -1;
}
