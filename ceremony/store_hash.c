/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store.h"

static int hash_part(void *to, struct span part, struct err *e)
{
    return sha256_put(to, part) == 0 ? 0 : err_oom(e);
}

/* A store that knows no parts. */
static int hash_whole(struct store *s, const char *name, struct sha256_run *run, struct err *e)
{
    struct bytes data;
    int rc;

    bytes_init(&data);
    rc = s->ops->read(s->self, name, STORE_MAX_FILE, &data, e);
    if (rc > 0 && hash_part(run, bytes_span(&data), e) != 0)
        rc = -1;
    bytes_clear(&data);
    return rc;
}

int store_sha256(struct store *s, const char *name, uint8_t out[SHA256_SIZE], struct err *e)
{
    struct sha256_run *run = sha256_begin();
    int rc;

    if (run == NULL)
        return err_oom(e);
    rc = s->ops->read_parts != NULL ? s->ops->read_parts(s->self, name, hash_part, run, e)
                                    : hash_whole(s, name, run, e);
    return sha256_end(run, out) != 0 && rc >= 0 ? err_oom(e) : rc;
}
