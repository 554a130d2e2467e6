/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/wire.h"

#include <string.h>

void wire_put_u32(struct bytes *out, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes_put_u8(out, (uint8_t)(v >> shift));
}

void wire_put(struct bytes *out, struct span s)
{
    if (s.n > UINT32_MAX)
        bytes_reserve(out, SIZE_MAX / 2); /* fails for good */
    wire_put_u32(out, (uint32_t)s.n);
    bytes_put_span(out, s);
}

void wire_put_err(struct bytes *out, const struct err *e)
{
    wire_put_u32(out, (uint32_t)e->code);
    wire_put(out, span_str(e->what));
    wire_put(out, span_str(e->where));
    wire_put(out, span_str(e->todo));
}

void wire_put_id(struct bytes *out, const struct token_id *id)
{
    wire_put(out, span_str(id->module));
    wire_put(out, span_str(id->serial));
    wire_put(out, span_str(id->label));
}

static void put_info(struct bytes *out, const struct token_info *t)
{
    wire_put_id(out, &t->id);
    wire_put_u32(out, (uint32_t)(t->slot >> 32));
    wire_put_u32(out, (uint32_t)t->slot);
    wire_put(out, span_str(t->slot_description));
    wire_put(out, span_str(t->manufacturer));
    wire_put(out, span_str(t->model));
    wire_put(out, span_str(t->firmware));
    wire_put_u32(out, t->initialised);
    wire_put_u32(out, t->pin_pad);
    wire_put_u32(out, t->needs_login);
    wire_put_u32(out, (uint32_t)t->pin);
    wire_put_u32(out, (uint32_t)t->so_pin);
    wire_put_u32(out, t->pin_min);
    wire_put_u32(out, t->pin_max);
}

void wire_put_list(struct bytes *out, const struct token_list *l)
{
    wire_put_u32(out, (uint32_t)l->n);
    for (size_t i = 0; i < l->n; i++)
        put_info(out, &l->items[i]);
    wire_put_u32(out, (uint32_t)l->nproblems);
    for (size_t i = 0; i < l->nproblems; i++)
        wire_put(out, span_str(l->problems[i]));
}

void wire_put_public(struct bytes *out, const struct key *k)
{
    wire_put_u32(out, (uint32_t)key_type(k));
    wire_put(out, key_spki(k));
}

void wire_put_key(struct bytes *out, const struct token_key *k)
{
    wire_put(out, span_str(k->label));
    wire_put(out, span_of(k->cka_id, k->cka_id_size));
    wire_put(out, k->key != NULL ? key_spki(k->key) : span_of(NULL, 0));
    wire_put_u32(out, (uint32_t)k->local);
    wire_put_u32(out, (uint32_t)k->sensitive);
    wire_put_u32(out, (uint32_t)k->always_sensitive);
    wire_put_u32(out, (uint32_t)k->extractable);
    wire_put_u32(out, (uint32_t)k->never_extractable);
    wire_put_u32(out, (uint32_t)k->always_authenticate);
    wire_put_u32(out, (uint32_t)k->signs);
}

void wire_put_key_list(struct bytes *out, const struct token_key_list *l)
{
    wire_put_u32(out, (uint32_t)l->n);
    for (size_t i = 0; i < l->n; i++)
        wire_put_key(out, &l->items[i]);
}

uint32_t wire_u32(struct wire_in *in)
{
    uint32_t v = 0;

    if (in->bad || in->rest.n < 4) {
        in->bad = true;
        return 0;
    }
    for (size_t i = 0; i < 4; i++)
        v = v << 8 | in->rest.p[i];
    in->rest = span_of(in->rest.p + 4, in->rest.n - 4);
    return v;
}

uint32_t wire_below(struct wire_in *in, uint32_t end)
{
    uint32_t v = wire_u32(in);

    if (v < end)
        return v;
    in->bad = true;
    return 0;
}

struct span wire_span(struct wire_in *in)
{
    uint32_t n = wire_u32(in);
    struct span s;

    if (in->bad || n > in->rest.n) {
        in->bad = true;
        return span_of("", 0);
    }
    s = span_of(in->rest.p, n);
    in->rest = span_of(in->rest.p + n, in->rest.n - n);
    return s;
}

void wire_text(struct wire_in *in, char *out, size_t size)
{
    struct span s = wire_span(in);

    out[0] = '\0';
    if (s.n >= size || (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)) {
        in->bad = true;
        return;
    }
    if (s.n > 0)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    for (size_t at = 0, step; at < s.n; at += step)
        if ((step = utf8_next(span_of(s.p + at, s.n - at), NULL)) == 0) {
            in->bad = true;
            out[0] = '\0';
            return;
        }
}

void wire_err(struct wire_in *in, struct err *e)
{
    struct err read = {.code = (enum err_code)wire_below(in, ERR_CODES)};

    wire_text(in, read.what, sizeof read.what);
    wire_text(in, read.where, sizeof read.where);
    wire_text(in, read.todo, sizeof read.todo);
    if (read.code == ERR_NONE || read.what[0] == '\0')
        in->bad = true;
    /* these two are about the process that says so: nobody left there, and memory is short there */
    if (read.code == ERR_LEFT || read.code == ERR_INTERNAL)
        read.code = ERR_TOKEN;
    *e = read;
}

void wire_id(struct wire_in *in, struct token_id *id)
{
    wire_text(in, id->module, sizeof id->module);
    wire_text(in, id->serial, sizeof id->serial);
    wire_text(in, id->label, sizeof id->label);
}

static void read_info(struct wire_in *in, struct token_info *t)
{
    memset(t, 0, sizeof *t);
    wire_id(in, &t->id);
    t->slot = (unsigned long)wire_u32(in) << 32;
    t->slot |= wire_u32(in);
    wire_text(in, t->slot_description, sizeof t->slot_description);
    wire_text(in, t->manufacturer, sizeof t->manufacturer);
    wire_text(in, t->model, sizeof t->model);
    wire_text(in, t->firmware, sizeof t->firmware);
    t->initialised = wire_below(in, 2) != 0;
    t->pin_pad = wire_below(in, 2) != 0;
    t->needs_login = wire_below(in, 2) != 0;
    t->pin = (enum pin_state)wire_below(in, PIN_MUST_CHANGE + 1);
    t->so_pin = (enum pin_state)wire_below(in, PIN_MUST_CHANGE + 1);
    t->pin_min = wire_below(in, SECRET_MAX + 1);
    t->pin_max = wire_below(in, SECRET_MAX + 1);
}

int wire_list(struct wire_in *in, struct token_list *l, struct err *e)
{
    struct token_info t;
    char line[2048];
    uint32_t n = wire_below(in, WIRE_LIST_MAX);

    memset(l, 0, sizeof *l);
    for (uint32_t i = 0; i < n && !in->bad; i++) {
        read_info(in, &t);
        if (token_list_add(l, &t, e) != 0)
            return -1;
    }
    n = wire_below(in, WIRE_LIST_MAX);
    for (uint32_t i = 0; i < n && !in->bad; i++) {
        wire_text(in, line, sizeof line);
        if (token_list_problem(l, line, e) != 0)
            return -1;
    }
    return 0;
}

static void read_claims(struct wire_in *in, struct token_key *k)
{
    enum claim *const claims[] = {&k->local,       &k->sensitive,         &k->always_sensitive,
                                  &k->extractable, &k->never_extractable, &k->always_authenticate,
                                  &k->signs};

    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
        *claims[i] = (enum claim)wire_below(in, CLAIM_YES + 1);
}

int wire_public(struct wire_in *in, struct key **out, struct err *e)
{
    enum key_type type = (enum key_type)wire_below(in, KEY_UNKNOWN);
    struct key *k = NULL;
    int rc;

    *out = NULL;
    if (key_from_spki(wire_span(in), &k, e) != 0)
        return -1;
    if (key_type(k) == type) {
        *out = k;
        return 0;
    }
    rc = key_of_type(k, type, out, e);
    key_free(k);
    return rc;
}

int wire_key(struct wire_in *in, struct token_key *k, struct err *e)
{
    struct span id, spki;

    memset(k, 0, sizeof *k);
    wire_text(in, k->label, sizeof k->label);
    id = wire_span(in);
    spki = wire_span(in);
    read_claims(in, k);
    if (id.n > sizeof k->cka_id)
        in->bad = true;
    if (in->bad)
        return 0;
    if (id.n > 0)
        memcpy(k->cka_id, id.p, id.n);
    k->cka_id_size = id.n;
    if (spki.n > 0 && key_from_spki(spki, &k->key, e) != 0) {
        if (e->code == ERR_INTERNAL)
            return -1;
        in->bad = true;
    }
    return 0;
}

int wire_key_list(struct wire_in *in, struct token_key_list *l, struct err *e)
{
    uint32_t n = wire_below(in, WIRE_LIST_MAX);
    struct token_key k;

    memset(l, 0, sizeof *l);
    for (uint32_t i = 0; i < n && !in->bad; i++)
        if (wire_key(in, &k, e) != 0 || token_key_list_take(l, &k, e) != 0)
            return -1;
    return 0;
}

void wire_put_certificates(struct bytes *out, const struct token_certificates *l)
{
    wire_put_u32(out, (uint32_t)l->n);
    wire_put_u32(out, (uint32_t)l->nbeside);
    for (size_t i = 0; i < l->n; i++)
        wire_put(out, bytes_span(&l->items[i]));
}

int wire_certificates(struct wire_in *in, struct token_certificates *l, struct err *e)
{
    uint32_t n = wire_below(in, TOKEN_CERTIFICATES + 1);
    uint32_t beside = wire_below(in, n + 1);

    memset(l, 0, sizeof *l);
    for (uint32_t i = 0; i < n && !in->bad; i++) {
        struct span s = wire_span(in);

        if (s.n > TOKEN_CERTIFICATE_MAX)
            in->bad = true;
        else if (token_certificates_add(l, s, e) != 0)
            return -1;
    }
    l->nbeside = in->bad ? 0 : beside;
    return 0;
}

bool wire_done(const struct wire_in *in)
{
    return !in->bad && in->rest.n == 0;
}
