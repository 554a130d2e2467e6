/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "ceremony/store/store.h"

static int count_one(void *arg, const char *name, struct err *e)
{
    bool *any = arg;

    (void)name;
    (void)e;
    *any = true;
    return 0;
}

int store_create(const char *path, struct store **out, struct err *e)
{
    bool any = false;

    *out = NULL;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        err_system(e, errno, "folder '%s' can't be made", path);
        return err_todo(e, "choose a place that can be written");
    }
    if (store_open(path, out, e) != 0)
        return -1;
    if ((*out)->ops->list((*out)->self, "", count_one, &any, e) == 0 && !any)
        return 0;
    store_free(*out);
    *out = NULL;
    if (!any)
        return -1;
    err_set(e, ERR_INPUT, "folder '%s' is not empty", path);
    return err_todo(e, "give the name of a new folder");
}
