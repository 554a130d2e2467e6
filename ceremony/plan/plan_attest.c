/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_attest.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/base/plain.h"
#include "metadata/private_key.h"

#define FILES_MAX 512

struct reading {
    struct store *store;
    struct plan_files *to;
};

void plan_files_clear(struct plan_files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->names[i]);
        bytes_clear(&f->data[i]);
    }
    free(f->names);
    free(f->data);
    free(f->spans);
    *f = (struct plan_files){0};
}

void plan_attest_clear(struct plan_attest *a)
{
    plan_files_clear(&a->makers);
    plan_files_clear(&a->attestations);
    free(a->pins);
    *a = (struct plan_attest){0};
}

static int read_file(void *arg, const char *name, struct err *e)
{
    const struct reading *r = arg;
    struct plan_files *f = r->to;
    const char *secret;
    struct bytes *data;
    int found;

    if (f->n == FILES_MAX)
        return err_set(e, ERR_INPUT, "there are more than %d files beside '%s'", FILES_MAX, name);
    /* One more slot, empty; counted, so that it is cleared. */
    if (array_grow(&f->names, f->n, sizeof *f->names, e) != 0 ||
        array_grow(&f->data, f->n, sizeof *f->data, e) != 0 ||
        array_grow(&f->spans, f->n, sizeof *f->spans, e) != 0)
        return -1;
    if ((f->names[f->n] = strdup(name)) == NULL)
        return err_oom(e);
    f->data[f->n] = (struct bytes){0};
    f->spans[f->n++] = span_of(NULL, 0);
    data = &f->data[f->n - 1];
    found = r->store->ops->read(r->store->self, name, ATTESTATION_MAX, data, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_IO, "'%s' went away while it was read", name);
    f->spans[f->n - 1] = bytes_span(data);
    if ((secret = private_key_in(bytes_span(data))) != NULL) {
        (void)private_key_refused(secret, e);
        return err_in(e, "%s", name);
    }
    return attestation_readable(bytes_span(data), e) == 0 ? 0 : err_in(e, "%s", name);
}

int plan_files_read(struct store *s, const char *folder, struct plan_files *out, struct err *e)
{
    struct reading r = {s, out};

    return s->ops->list(s->self, folder, read_file, &r, e);
}

static int read_pins(struct json plan, struct plan_attest *out, struct err *e)
{
    struct json list, item;

    if (!json_get(plan, "attestation_roots", &list))
        return 0;
    if (json_kind(list) != JSON_ARRAY)
        return json_refuse(list, e, "'attestation_roots' is an array of SHA-256 fingerprints");
    if ((out->pins = calloc(json_count(list) + 1, sizeof *out->pins)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        if (json_kind(item) != JSON_STRING ||
            !hex_read(json_inside(item), out->pins[out->npins], SHA256_SIZE))
            return json_refuse(item, e, "a root is named by the 64 hex digits of its SHA-256");
        out->npins++;
    }
    return 0;
}

int plan_attest_read(struct json plan, struct store *s, struct plan_attest *out, struct err *e)
{
    return read_pins(plan, out, e) == 0 &&
                   plan_files_read(s, "inputs/vendor-roots", &out->makers, e) == 0 &&
                   plan_files_read(s, "inputs/attestations", &out->attestations, e) == 0
               ? 0
               : -1;
}

/* The pinned certificates of one file; what can't be told is not told. */
static void put_pinned(const struct plan_attest *a, size_t file, struct bytes *out)
{
    struct err ignored;

    (void)attestation_pinned(a->makers.spans[file], (const uint8_t(*)[SHA256_SIZE])a->pins,
                             a->npins, out, &ignored);
}

bool plan_attest_has(const struct plan_attest *a, size_t pin)
{
    const uint8_t(*one)[SHA256_SIZE] = (const uint8_t(*)[SHA256_SIZE])a->pins + pin;
    struct bytes words = {0};
    struct err ignored;
    bool has = false;

    for (size_t i = 0; i < a->makers.n && !has; i++) {
        (void)attestation_pinned(a->makers.spans[i], one, 1, &words, &ignored);
        has = strstr(bytes_str(&words), "the committee's own") != NULL;
        bytes_clear(&words);
    }
    return has;
}

/* "  Yubico YubiHSM Root CA, in inputs/vendor-roots/a.pem"; names of files are strangers' text. */
static void put_line(struct bytes *out, const char *head, const char *root, const char *file)
{
    bytes_printf(out, "%s  %s%s", head, root != NULL ? root : "", root != NULL ? ", in " : "");
    plain_put_str(out, file);
    bytes_put_u8(out, '\n');
}

void plan_attest_words(const struct plan_attest *a, struct bytes *out)
{
    bool first = true;

    for (size_t i = 0; i < a->makers.n; i++) {
        struct bytes words = {0};
        char *rest, *line;

        put_pinned(a, i, &words);
        rest = bytes_take_str(&words);
        for (char *at = rest; (line = strsep(&at, "\n")) != NULL && *line != '\0'; first = false)
            put_line(out, first ? "\nattestations are checked against\n" : "", line,
                     a->makers.names[i]);
        free(rest);
    }
    for (size_t i = 0; i < a->attestations.n; i++)
        put_line(out, i == 0 ? "attestations come from\n" : "", NULL, a->attestations.names[i]);
}
