/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/made_here.h"

#include <string.h>

#include "ceremony/session/session_fold.h"

static bool is_text(struct json data, const char *member, const char *text)
{
    struct json v;

    return json_get(data, member, &v) && json_text_is(v, text);
}

static bool is_in(struct json list, struct span keyid)
{
    struct json id;

    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &id);)
        if (span_eq(json_inside(id), keyid))
            return true;
    return false;
}

/* Is a key about to be made on that token? Then which keys were there. */
static bool generates(const struct event *ev, const struct token_info *t, struct json *keys_before)
{
    struct json token;

    return ev->type == EVENT_KEY_GENERATING && json_get(ev->data, "token", &token) &&
           is_text(token, "serial", t->id.serial) && is_text(token, "model", t->model) &&
           json_get(ev->data, "keys_before", keys_before);
}

/* Does this line enrol that very key as one that was made here? `key` or, where it is NULL, its id.
 */
static int enrols(const struct event *ev, const struct key *key, struct json keyid, struct err *e)
{
    struct json here, object;
    struct key *was;
    int same;

    if (ev->type != EVENT_KEY_ENROLLED || !json_get(ev->data, "generated_here", &here) ||
        !json_true(here) || !json_get(ev->data, "key", &object))
        return 0;
    if (key_from_json(object, &was, e) != 0)
        return e->code == ERR_INTERNAL ? -1 : 0;
    same = key != NULL ? key_same_material(was, key) : json_text_is(keyid, key_id(was));
    key_free(was);
    return same;
}

/* The first line that this room knows: what a journal of strangers says was made, was not made
 * here. */
static size_t known_from(const struct journal *j, size_t lines)
{
    for (size_t i = lines; i-- > 0;)
        if (fold_is_unknown_start(journal_event(j, i)))
            return i;
    return 0;
}

int made_here(const struct journal *j, size_t lines, const struct token_info *t,
              const struct token_key *k, const char *label, struct err *e)
{
    char id[SHA256_HEX_SIZE];
    int made = 0;
    struct key *plain = NULL;

    if (k->key == NULL || k->local == CLAIM_NO)
        return 0;
    /* The id under which a token lists the key: it does not know by which scheme an RSA key is
     * to sign. */
    if (key_of_type(k->key, KEY_RSA, &plain, e) != 0 && e->code == ERR_INTERNAL)
        return -1;
    snprintf(id, SHA256_HEX_SIZE, "%s", key_id(plain != NULL ? plain : k->key));
    key_free(plain);
    for (size_t i = known_from(j, lines); i < lines && made == 0; i++) {
        const struct event *ev = journal_event(j, i);
        struct json keys;

        made = generates(ev, t, &keys) && (label == NULL || is_text(ev->data, "label", label)) &&
                       !is_in(keys, span_str(id))
                   ? 1
                   : enrols(ev, k->key, (struct json){0}, e);
    }
    return made;
}

int made_here_id(const struct journal *j, size_t lines, const struct token_info *t,
                 struct json keyid, struct err *e)
{
    int made = 0;

    for (size_t i = known_from(j, lines); i < lines && made == 0; i++) {
        const struct event *ev = journal_event(j, i);
        struct json keys;

        made = generates(ev, t, &keys) && !is_in(keys, json_inside(keyid))
                   ? 1
                   : enrols(ev, NULL, keyid, e);
    }
    return made;
}
