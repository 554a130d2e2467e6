/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "metadata/signed.h"

static bool component_ok(struct span c)
{
    return c.n > 0 && !span_is(c, ".") && !span_is(c, "..");
}

static const char *path_fault(struct span path)
{
    size_t start = 0, n;
    uint32_t cp;

    if (path.n == 0)
        return "it is empty";
    if (path.n > 1024)
        return "it is longer than 1024 bytes";
    if (path.p[0] == '/')
        return "it begins with a slash";
    for (size_t i = 0; i < path.n; i += n) {
        n = utf8_next(span_of(path.p + i, path.n - i), &cp);
        if (n == 0)
            return "it is not UTF-8";
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == '\\')
            return "it has a control character or a backslash";
    }
    for (size_t i = 0; i <= path.n; i++)
        if (i == path.n || path.p[i] == '/') {
            if (!component_ok(span_of(path.p + start, i - start)))
                return "a part between slashes is empty, '.' or '..'";
            start = i + 1;
        }
    return NULL;
}

int path_check(struct span path, struct err *e)
{
    const char *fault = path_fault(path);

    if (fault == NULL)
        return 0;
    err_set(e, ERR_INPUT, "'%.*s' is no path that may be used: %s",
            (int)(path.n > 200 ? 200 : path.n), (const char *)path.p, fault);
    return err_todo(e, "do not use this file; ask whoever made it");
}

int role_name_check(struct span name, struct err *e)
{
    if (path_check(name, e) != 0)
        return -1;
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if (span_is(name, signed_type_name((enum signed_type)t)))
            return err_set(e, ERR_INPUT, "a delegated role is named '%s', as a top-level role is",
                           signed_type_name((enum signed_type)t));
    return 0;
}
