/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that exist already, given to a plan as files. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_read.h"

#define FILE_NAME_MAX 200

int plan_key_load(struct store *s, const char *file, struct key **out, struct err *e)
{
    struct bytes name = {0}, data = {0};
    int found, rc = -1;

    bytes_printf(&name, "inputs/%s", file);
    found =
        bytes_failed(&name) ? err_oom(e) : s->ops->read(s->self, bytes_str(&name), 16384, &data, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "the public key '%s' is not there", bytes_str(&name));
        err_todo(e, "put the file into the folder 'inputs' of the ceremony");
    } else if (found > 0) {
        rc = key_from_bytes(bytes_span(&data), out, e);
        if (rc != 0)
            err_in(e, "%s", bytes_str(&name));
    }
    bytes_clear(&name);
    bytes_clear(&data);
    return rc;
}

void plan_given_clear(struct plan_holder *h)
{
    for (size_t i = 0; i < h->ngiven; i++) {
        free(h->given[i].role);
        free(h->given[i].file);
        key_free(h->given[i].key);
    }
    free(h->given);
    h->given = NULL;
    h->ngiven = 0;
}

/* `role` is NULL for one key for whatever roles the holder has. */
static int given_read(struct json object, const char *member, struct json role, struct store *s,
                      struct plan_holder *h, struct err *e)
{
    struct plan_given *g = &h->given[h->ngiven++];

    if (role.n > 0 && (g->role = json_strdup(role)) == NULL)
        return err_oom(e);
    return plan_text(object, member, FILE_NAME_MAX, &g->file, e) == 0
               ? plan_key_load(s, g->file, &g->key, e)
               : -1;
}

static int each_read(struct json key, struct store *s, struct plan_holder *h, struct err *e)
{
    struct json role, file;

    for (struct json_iter it = json_iter_of(key); json_next(&it, &role, &file);) {
        char *member = json_strdup(role);
        int rc = member != NULL ? given_read(key, member, role, s, h, e) : err_oom(e);

        free(member);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int plan_given_read(struct json object, struct store *s, struct plan_holder *h, struct err *e)
{
    struct json key;
    size_t n = 1;

    if (!json_get(object, "key", &key))
        return 0;
    if (json_kind(key) == JSON_OBJECT)
        n = json_count(key);
    if ((json_kind(key) != JSON_OBJECT && json_kind(key) != JSON_STRING) || n == 0)
        return json_refuse(key, e,
                           "'key' is a file in 'inputs', or one for each role as "
                           "{\"root\": \"FILE\", \"targets\": \"FILE\"}");
    if ((h->given = calloc(n, sizeof *h->given)) == NULL)
        return err_oom(e);
    return json_kind(key) == JSON_STRING ? given_read(object, "key", (struct json){0}, s, h, e)
                                         : each_read(key, s, h, e);
}

const struct key *plan_given_key(const struct plan_holder *h, const char *role)
{
    for (size_t i = 0; i < h->ngiven; i++)
        if (h->given[i].role == NULL || strcmp(h->given[i].role, role) == 0)
            return h->given[i].key;
    return NULL;
}

bool plan_seat_given(const struct plan *p, size_t seat)
{
    const struct plan_holder *h = &p->holders[p->seats[seat].holder];

    for (size_t i = 0; i < h->ngiven; i++)
        if (p->seats[seat].key != NULL && p->seats[seat].key == h->given[i].key)
            return true;
    return false;
}
