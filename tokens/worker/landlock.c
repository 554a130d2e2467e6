/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers end with the second version of the interface; the kernel says which one it
 * has. Numbers are those of the kernel's uapi/linux/landlock.h. */
#define TRUNCATE  (UINT64_C(1) << 14) /* version 3 */
#define IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define NETWORK   UINT64_C(3)         /* version 4: bind and connect by TCP */
#define SCOPE                                                                                      \
    UINT64_C(1) /* version 6: abstract sockets. Not signals (2): the one with
                                       * which a process's children die is one of them */

#define FILE_READS  ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define FILE_WRITES (FILE_READS | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEV)
#define READS       (FILE_READS | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITES                                                                                     \
    (READS | FILE_WRITES | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |        \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)

struct ruleset {
    uint64_t files, network, scope;
};

static long version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool landlock_there(void)
{
    return version() > 0;
}

static int allow(int ruleset, const struct landlock_path *p, uint64_t known)
{
    struct landlock_path_beneath_attr rule = {.parent_fd = open(p->path, O_PATH | O_CLOEXEC)};
    struct stat st;
    int rc = -1;

    if (rule.parent_fd < 0)
        return 0;
    if (fstat(rule.parent_fd, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            rule.allowed_access = known & (p->writes ? WRITES : READS);
        else
            rule.allowed_access = known & (p->writes ? FILE_WRITES : FILE_READS);
        rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close(rule.parent_fd);
    return rc;
}

/* All that the kernel knows how to refuse. */
static struct ruleset everything(long has)
{
    struct ruleset r = {.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

    if (has >= 2)
        r.files |= LANDLOCK_ACCESS_FS_REFER;
    if (has >= 3)
        r.files |= TRUNCATE;
    if (has >= 4)
        r.network = NETWORK;
    if (has >= 5)
        r.files |= IOCTL_DEV;
    if (has >= 6)
        r.scope = SCOPE;
    return r;
}

int landlock_confine(const struct landlock_path *paths, size_t n, struct err *e)
{
    long has = version();
    struct ruleset all = everything(has);
    int fd, rc = 0;

    if (has <= 0)
        return 0;
    fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (fd < 0)
        rc = -1;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = allow(fd, &paths[i], all.files);
    if (rc == 0)
        rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
    if (rc != 0) {
        err_system(e, errno, "files can't be shut off from the helper for tokens");
        e->code = ERR_NOT_READY;
    }
    if (fd >= 0)
        close(fd);
    return rc;
}
