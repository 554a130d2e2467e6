/* SPDX-License-Identifier: Apache-2.0 */
/* What a token shows beside the key that is enrolled. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/enrol.h"

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

static int attest(const struct ceremony *c, const struct token_certificates *all, struct span file,
                  struct candidate *k, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct span *spans = calloc(all->n + 2, sizeof *spans);
    struct attest_evidence evidence = {.beside = spans};
    struct attestation a;
    int rc;

    if (spans == NULL)
        return err_oom(e);
    if (file.n > 0)
        spans[evidence.nbeside++] = file;
    evidence.nbeside += readable(all, 0, all->nbeside, spans + evidence.nbeside);
    evidence.pool = spans + evidence.nbeside;
    evidence.npool = readable(all, all->nbeside, all->n, spans + evidence.nbeside);
    rc = attest_key(s->plan, s->date, k->key.key, &evidence, k->token.id.serial, k->token.firmware,
                    &a, e);
    free(spans);
    if (rc != 0)
        return -1;
    attestation_clear(&k->attestation);
    k->attestation = a;
    return 0;
}

int enrol_attest(const struct ceremony *c, struct tokens *t, struct span file, struct candidate *k,
                 struct err *e)
{
    struct token_certificates all = {0};
    struct err why;
    int rc;

    k->unread[0] = '\0';
    if (t->driver->certificates(t->self, span_of(k->key.cka_id, k->key.cka_id_size), &all, &why) !=
        0)
        snprintf(k->unread, sizeof k->unread, "%.190s", why.what);
    rc = attest(c, &all, file, k, e);
    if (rc != 0 && e->code == ERR_INPUT && file.n == 0) { /* as good as none; the room is told */
        snprintf(k->unread, sizeof k->unread, "%.190s", e->what);
        rc = 0;
    }
    token_certificates_clear(&all);
    return rc;
}
