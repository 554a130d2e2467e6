/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/base/plain.h"

#define PLAN   "plan.json"
#define INPUTS "inputs"

struct item {
    char *name;
    bool known; /* the digest is that of bytes that were read */
    uint8_t digest[SHA256_SIZE];
};

struct plan_inputs {
    struct store store; /* what is handed out */
    struct store *below;
    struct item *items; /* those in inputs/ by name, then plan.json */
    size_t n;
};

static int add(void *arg, const char *name, struct err *e)
{
    struct plan_inputs *r = arg;

    if (!plain_is(span_str(name))) {
        err_set(e, ERR_INPUT, "'%s' is no name for a file of a plan", name);
        return err_todo(e, "give it a name without control characters, or take it away");
    }
    if (array_grow(&r->items, r->n, sizeof *r->items, e) != 0)
        return -1;
    r->items[r->n] = (struct item){.name = strdup(name)};
    return r->items[r->n++].name != NULL ? 0 : err_oom(e);
}

static struct item *find(const struct plan_inputs *r, const char *name)
{
    return strcmp(name, PLAN) == 0 ? &r->items[r->n - 1]
                                   : array_find(r->items, r->n - 1, sizeof *r->items, name);
}

static int changed(const char *name, const char *how, struct err *e)
{
    err_set(e, ERR_IO, "'%s' %s while the plan was read", name, how);
    return err_todo(e, "copy the ceremony's folder onto this computer's own disk, and find out "
                       "what changes it");
}

static int not_covered(const char *name, struct err *e)
{
    err_set(e, ERR_INPUT, "'%s' would be read, but the digest of the plan does not cover it", name);
    return err_todo(e, "give the file a plain name as it is on the disk, not \".NAME.new\", and "
                       "not 16 folders deep");
}

/* These bytes were read. */
static int note(struct item *item, struct span data, struct err *e)
{
    uint8_t digest[SHA256_SIZE];

    if (sha256(data, digest) != 0)
        return err_oom(e);
    if (item->known && memcmp(item->digest, digest, sizeof digest) != 0)
        return changed(item->name, "changed", e);
    memcpy(item->digest, digest, sizeof digest);
    item->known = true;
    return 0;
}

static int inputs_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    const struct plan_inputs *r = self;
    struct item *item = find(r, name);
    size_t before = out->n;
    int found = r->below->ops->read(r->below->self, name, limit, out, e);

    if (found < 0)
        return -1;
    if (found == 0)
        return item == NULL || strcmp(name, PLAN) == 0 ? 0 : changed(name, "went away", e);
    if (item == NULL)
        return not_covered(name, e);
    return note(item, span_of(out->p + before, out->n - before), e) == 0 ? 1 : -1;
}

static int inputs_list(void *self, const char *dir,
                       int (*each)(void *arg, const char *name, struct err *e), void *arg,
                       struct err *e)
{
    const struct plan_inputs *r = self;
    size_t n = strlen(dir);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i + 1 < r->n; i++)
        if (strncmp(r->items[i].name, dir, n) == 0 && r->items[i].name[n] == '/')
            rc = each(arg, r->items[i].name, e);
    return rc;
}

static const struct store_ops inputs_ops = {.read = inputs_read, .list = inputs_list};

int plan_inputs_new(struct store *below, struct plan_inputs **out, struct err *e)
{
    struct plan_inputs *r = calloc(1, sizeof *r);

    *out = NULL;
    if (r == NULL)
        return err_oom(e);
    r->below = below;
    r->store = (struct store){.ops = &inputs_ops, .self = r, .path = below->path};
    if (below->ops->list(below->self, INPUTS, add, r, e) != 0 || add(r, PLAN, e) != 0) {
        plan_inputs_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void plan_inputs_free(struct plan_inputs *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++)
        free(r->items[i].name);
    free(r->items);
    free(r);
}

struct store *plan_inputs_store(struct plan_inputs *r)
{
    return &r->store;
}

/* A file that nobody read: its digest, as it is on the disk now. */
static int hash_unread(struct plan_inputs *r, struct item *item, struct err *e)
{
    int found = store_sha256_of_input(r->below, item->name, item->digest, e);

    return found > 0 ? 0 : found == 0 ? changed(item->name, "went away", e) : -1;
}

void plan_digest_line(const uint8_t digest[SHA256_SIZE], const char *name, struct bytes *out)
{
    char hex[SHA256_HEX_SIZE];

    hex_of(digest, SHA256_SIZE, hex);
    bytes_printf(out, "%s  %s\n", hex, name);
}

int plan_inputs_digest(struct plan_inputs *r, uint8_t out[SHA256_SIZE], struct err *e)
{
    struct bytes lines = {0};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < r->n; i++) {
        rc = r->items[i].known ? 0 : hash_unread(r, &r->items[i], e);
        plan_digest_line(r->items[i].digest, r->items[i].name, &lines);
    }
    if (rc == 0 && (bytes_failed(&lines) || sha256(bytes_span(&lines), out) != 0))
        rc = err_oom(e);
    bytes_clear(&lines);
    return rc;
}
