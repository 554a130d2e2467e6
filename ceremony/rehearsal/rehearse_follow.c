/* SPDX-License-Identifier: Apache-2.0 */
/* A plan over the metadata of a rehearsal: its keyholders bring the tokens of that rehearsal. */
#include <string.h>

#include "ceremony/rehearsal/rehearse.h"
#include "ceremony/store/store_tar.h"

#define TOKENS     "tokens"
#define CONF       "softhsm2.conf" /* names the folder that they were in */
#define TOKEN_FILE ((size_t)1 << 20)

struct moving {
    struct store *from, *to;
    size_t n;
};

static int is_rehearsal(struct store *s, bool *out, struct err *e)
{
    struct json_doc *doc = NULL;
    struct json said;
    struct bytes text = {0};
    int rc = -1;

    *out = false;
    if (s->ops->read(s->self, "plan.json", STORE_MAX_SMALL, &text, e) >= 0 &&
        json_doc_read(bytes_span(&text), "plan.json", JSON_TEXT, &doc, e) == 0) {
        *out = json_get(json_root(doc), "rehearsal", &said) && json_true(said);
        rc = 0;
    }
    json_doc_free(doc);
    bytes_clear(&text);
    return rc;
}

static int copy_one(void *arg, const char *name, struct err *e)
{
    struct moving *m = arg;
    const char *slash = strrchr(name, '/');
    struct bytes data = {0}, to = {0};
    int rc;

    if (slash == NULL || strcmp(slash + 1, CONF) == 0)
        return 0;
    bytes_printf(&to, REHEARSE_FIRST "/%s", strstr(name, TOKENS "/"));
    rc = m->from->ops->read(m->from->self, name, TOKEN_FILE, &data, e);
    if (rc > 0)
        rc = m->to->ops->write(m->to->self, bytes_str(&to), bytes_span(&data), e);
    m->n += rc == 0 && data.n > 0;
    bytes_clear(&data);
    bytes_clear(&to);
    return rc < 0 ? -1 : 0;
}

/* Is that folder the ceremony's whose bundle, or self, `from` is? */
static bool same_plan(struct store *a, struct store *b)
{
    uint8_t x[SHA256_SIZE], y[SHA256_SIZE];
    struct err ignored;

    return store_sha256(a, "plan.json", x, &ignored) == 1 &&
           store_sha256(b, "plan.json", y, &ignored) == 1 && memcmp(x, y, sizeof x) == 0;
}

/* The tokens of the ceremony at that path, if it is the one that `from` is of: those of a first
 * root, or of what came on top of one. */
static int copy_from(struct moving *m, const char *path, struct store *from, struct err *e)
{
    struct err ignored;
    int rc = 0;

    if (store_open_given(path, &m->from, &ignored) == 0 && same_plan(m->from, from)) {
        rc = m->from->ops->list(m->from->self, TOKENS, copy_one, m, e);
        if (rc == 0 && m->n == 0)
            rc = m->from->ops->list(m->from->self, REHEARSE_FIRST "/" TOKENS, copy_one, m, e);
    }
    store_free(m->from);
    m->from = NULL;
    return rc;
}

static int copy_tokens(struct moving *m, const char *path, struct err *e)
{
    const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    struct store *from = NULL;
    struct bytes above = {0};
    int rc = -1;

    if (store_is_folder(path))
        bytes_printf(&above, "%s/..", path);
    else
        bytes_printf(&above, "%.*s.", (int)(strlen(path) - strlen(base)), path);
    if (bytes_failed(&above))
        err_oom(e);
    else if (store_open_given(path, &from, e) == 0)
        rc = copy_from(m, path, from, e);
    if (rc == 0 && m->n == 0)
        rc = copy_from(m, bytes_str(&above), from, e);
    store_free(from);
    bytes_clear(&above);
    return rc;
}

int rehearse_follow(const char *from, const char *dir, enum rehearse_tokens_found *out,
                    struct err *e)
{
    struct moving m = {0};
    bool practice = false;
    int rc;

    *out = REHEARSE_REAL;
    if (store_open(dir, &m.to, e) != 0)
        return -1;
    rc = is_rehearsal(m.to, &practice, e);
    if (rc == 0 && practice)
        rc = copy_tokens(&m, from, e);
    store_free(m.to);
    if (practice)
        *out = m.n > 0 ? REHEARSE_TOKENS_COPIED : REHEARSE_NO_TOKENS;
    return rc;
}
