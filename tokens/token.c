/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/token.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

static const char *const pin_words[] = {
    [PIN_OK] = "PIN in order",
    [PIN_LOW] = "a wrong PIN was entered since the last right one",
    [PIN_LAST_TRY] = "one try left: the next wrong PIN locks the token",
    [PIN_LOCKED] = "PIN locked",
    [PIN_UNSET] = "no PIN set yet",
    [PIN_MUST_CHANGE] = "the PIN must be changed first",
};

static_assert(sizeof pin_words / sizeof pin_words[0] == PIN_MUST_CHANGE + 1,
              "a state has no words");

static const char *const claim_names[] = {
    [CLAIM_UNKNOWN] = "unknown", [CLAIM_NO] = "no", [CLAIM_YES] = "yes"};

const char *claim_name(enum claim c)
{
    return claim_names[c];
}

int claim_find(struct span name)
{
    for (int c = CLAIM_UNKNOWN; c <= CLAIM_YES; c++)
        if (span_eq(name, span_str(claim_names[c])))
            return c;
    return -1;
}

const char *pin_state_words(enum pin_state s)
{
    return (unsigned)s < sizeof pin_words / sizeof pin_words[0] ? pin_words[s]
                                                                : "PIN state unknown";
}

void tokens_free(struct tokens *t)
{
    if (t == NULL)
        return;
    t->driver->free(t->self);
    free(t);
}

void token_list_clear(struct token_list *l)
{
    for (size_t i = 0; i < l->nproblems; i++)
        free(l->problems[i]);
    free(l->problems);
    free(l->items);
    memset(l, 0, sizeof *l);
}

int token_list_add(struct token_list *l, const struct token_info *t, struct err *e)
{
    if (array_grow(&l->items, l->n, sizeof *l->items, e) != 0)
        return -1;
    l->items[l->n++] = *t;
    return 0;
}

int token_list_problem(struct token_list *l, const char *line, struct err *e)
{
    if (array_grow(&l->problems, l->nproblems, sizeof *l->problems, e) != 0)
        return -1;
    if ((l->problems[l->nproblems] = strdup(line)) == NULL)
        return err_oom(e);
    l->nproblems++;
    return 0;
}

void token_key_clear(struct token_key *k)
{
    key_free(k->key);
    memset(k, 0, sizeof *k);
}

void token_key_list_clear(struct token_key_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        token_key_clear(&l->items[i]);
    free(l->items);
    memset(l, 0, sizeof *l);
}

bool token_key_list_has(const struct token_key_list *l, const struct key *key)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].key != NULL && key_same_material(l->items[i].key, key))
            return true;
    return false;
}

int token_key_list_take(struct token_key_list *l, struct token_key *k, struct err *e)
{
    if (array_grow(&l->items, l->n, sizeof *l->items, e) != 0) {
        token_key_clear(k);
        return -1;
    }
    l->items[l->n++] = *k;
    memset(k, 0, sizeof *k);
    return 0;
}

int token_sign_each(void *self,
                    int (*one)(void *self, const struct key *key, struct span message,
                               struct bytes *sig, struct err *e),
                    const struct token_batch *b, struct err *e)
{
    const struct key *key;
    struct span message;
    struct bytes sig = {0};
    int rc = 0;

    while (rc == 0 && b->next(b->self, &key, &message)) {
        bytes_truncate(&sig, 0);
        rc = one(self, key, message, &sig, e);
        if (rc == 0)
            rc = b->take(b->self, bytes_span(&sig), e);
    }
    bytes_clear(&sig);
    return rc;
}

void token_certificates_clear(struct token_certificates *l)
{
    for (size_t i = 0; i < l->n; i++)
        bytes_clear(&l->items[i]);
    free(l->items);
    *l = (struct token_certificates){0};
}

int token_certificates_add(struct token_certificates *l, struct span certificate, struct err *e)
{
    if (array_grow(&l->items, l->n, sizeof *l->items, e) != 0)
        return -1;
    l->items[l->n] = (struct bytes){0};
    bytes_put_span(&l->items[l->n], certificate);
    return bytes_failed(&l->items[l->n++]) ? err_oom(e) : 0;
}

bool token_id_eq(const struct token_id *a, const struct token_id *b)
{
    return strcmp(a->module, b->module) == 0 && strcmp(a->serial, b->serial) == 0 &&
           strcmp(a->label, b->label) == 0;
}

void token_words(const struct token_info *t, struct bytes *out)
{
    if (t->model[0] != '\0')
        bytes_printf(out, "%s ", t->model);
    if (t->id.serial[0] != '\0')
        bytes_printf(out, "%s ", t->id.serial);
    if (t->initialised)
        bytes_printf(out, "\"%s\"", t->id.label);
    else
        bytes_put_str(out, "(new, not initialised)");
}
