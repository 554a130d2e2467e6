/* SPDX-License-Identifier: Apache-2.0 */
/* What vouches for the key that is enrolled: shown by the token, or laid beside it. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/enrol.h"

#define LAID_BESIDE "attestations" /* in the ceremony's folder */

struct sources {
    struct token_certificates token;
    struct plan_files folder;
    struct span file;
};

/* The certificates that can be read as such, in two parts; tokens hold other things, too. */
static size_t readable(const struct token_certificates *all, size_t from, size_t to,
                       struct span *out)
{
    struct err ignored;
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        if (attestation_readable(bytes_span(&all->items[i]), &ignored) == 0)
            out[n++] = bytes_span(&all->items[i]);
    return n;
}

static int attest(const struct ceremony *c, const struct sources *from, struct candidate *k,
                  struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct span *spans = calloc(from->token.n + from->folder.n + 2, sizeof *spans), *next = spans;
    struct attest_evidence evidence = {.beside = spans};
    struct attestation a;
    int rc;

    if (spans == NULL)
        return err_oom(e);
    if (from->file.n > 0)
        *next++ = from->file;
    next += readable(&from->token, 0, from->token.nbeside, next);
    evidence.nbeside = (size_t)(next - spans);
    evidence.pool = next;
    next += readable(&from->token, from->token.nbeside, from->token.n, next);
    for (size_t i = 0; i < from->folder.n; i++)
        *next++ = from->folder.spans[i];
    evidence.npool = (size_t)(next - evidence.pool);
    rc = attest_key(s->plan, s->date, k->key.key, &evidence, k->token.id.serial, k->token.firmware,
                    &a, e);
    free(spans);
    if (rc != 0)
        return -1;
    attestation_clear(&k->attestation);
    k->attestation = a;
    return 0;
}

static void note(struct candidate *k, const struct err *why)
{
    snprintf(k->unread, sizeof k->unread, "%.120s%s%.60s", why->what,
             why->where[0] != '\0' ? ", " : "", why->where);
}

int enrol_attest(const struct ceremony *c, struct tokens *t, struct span file, struct candidate *k,
                 struct err *e)
{
    struct sources from = {.file = file};
    struct err why;
    int rc;

    k->unread[0] = '\0';
    err_clear(&why);
    if (t->driver->certificates(t->self, span_of(k->key.cka_id, k->key.cka_id_size), &from.token,
                                &why) != 0)
        note(k, &why);
    err_clear(&why);
    if (plan_files_read(ceremony_store(c), LAID_BESIDE, &from.folder, &why) != 0) {
        note(k, &why);
        plan_files_clear(&from.folder);
    }
    rc = attest(c, &from, k, e);
    if (rc != 0 && e->code == ERR_INPUT && file.n == 0) { /* as good as none; the room is told */
        note(k, e);
        rc = 0;
    }
    token_certificates_clear(&from.token);
    plan_files_clear(&from.folder);
    return rc;
}
