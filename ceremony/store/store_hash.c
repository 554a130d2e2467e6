/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store/store.h"

struct hashing {
    struct sha256_run *run;
    const char *name;
    size_t left; /* bytes that may still come */
};

static int hash_part(void *to, struct span part, struct err *e)
{
    struct hashing *h = to;

    if (part.n > h->left) {
        err_set(e, ERR_INPUT, "'%s' is larger than any file that is read here", h->name);
        return err_todo(e, "take it away; at most %zu bytes are read", STORE_MAX_FILE);
    }
    h->left -= part.n;
    return sha256_put(h->run, part) == 0 ? 0 : err_oom(e);
}

/* A store that knows no parts. */
static int hash_whole(struct store *s, struct hashing *h, struct err *e)
{
    struct bytes data = {0};
    int rc;

    rc = s->ops->read(s->self, h->name, STORE_MAX_FILE, &data, e);
    if (rc > 0 && hash_part(h, bytes_span(&data), e) != 0)
        rc = -1;
    bytes_clear(&data);
    return rc;
}

static int hash(struct store *s, const char *name, size_t limit, uint8_t out[SHA256_SIZE],
                struct err *e)
{
    struct hashing h = {sha256_begin(), name, limit};
    int rc;

    if (h.run == NULL)
        return err_oom(e);
    rc = s->ops->read_parts != NULL ? s->ops->read_parts(s->self, name, hash_part, &h, e)
                                    : hash_whole(s, &h, e);
    return sha256_end(h.run, out) != 0 && rc >= 0 ? err_oom(e) : rc;
}

int store_sha256(struct store *s, const char *name, uint8_t out[SHA256_SIZE], struct err *e)
{
    return hash(s, name, SIZE_MAX, out, e);
}

int store_sha256_of_input(struct store *s, const char *name, uint8_t out[SHA256_SIZE],
                          struct err *e)
{
    return hash(s, name, STORE_MAX_FILE, out, e);
}
