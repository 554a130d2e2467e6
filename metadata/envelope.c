/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/envelope.h"

#include <stdlib.h>
#include <string.h>

struct envelope {
    struct json_doc *doc;
    struct json object;           /* `signed` */
    struct signature *signatures; /* sorted by keyid */
    size_t n;
};

void envelope_free(struct envelope *env)
{
    if (env == NULL)
        return;
    for (size_t i = 0; i < env->n; i++) {
        free(env->signatures[i].keyid);
        bytes_clear(&env->signatures[i].sig);
    }
    free(env->signatures);
    json_doc_free(env->doc);
    free(env);
}

/* Where the keyid is, or would be. */
static size_t signature_place(const struct envelope *env, const char *keyid, bool *there)
{
    size_t i = 0;

    while (i < env->n && strcmp(env->signatures[i].keyid, keyid) < 0)
        i++;
    *there = i < env->n && strcmp(env->signatures[i].keyid, keyid) == 0;
    return i;
}

/* `sig` is moved in on success. */
static int signature_insert(struct envelope *env, size_t at, const char *keyid, struct bytes *sig,
                            struct err *e)
{
    struct signature *more = realloc(env->signatures, (env->n + 1) * sizeof *more);
    char *copy = strdup(keyid);

    if (more != NULL)
        env->signatures = more;
    if (more == NULL || copy == NULL) {
        free(copy);
        return err_oom(e);
    }
    memmove(more + at + 1, more + at, (env->n - at) * sizeof *more);
    more[at] = (struct signature){.keyid = copy, .sig = *sig};
    bytes_init(sig);
    env->n++;
    return 0;
}

static int signature_take(struct envelope *env, struct json at, const char *keyid,
                          struct bytes *sig, struct err *e)
{
    bool there;
    size_t place = signature_place(env, keyid, &there);

    if (there)
        return json_refuse(at, e, "two signatures have the same keyid");
    return signature_insert(env, place, keyid, sig, e);
}

static int signature_read(struct envelope *env, struct json entry, struct err *e)
{
    struct json keyid, hex;
    struct bytes text, sig;
    char *id;
    int rc = -1;

    if (json_need(entry, "keyid", JSON_STRING, &keyid, e) != 0 ||
        json_need(entry, "sig", JSON_STRING, &hex, e) != 0)
        return -1;
    if ((id = json_strdup(keyid)) == NULL)
        return err_oom(e);
    bytes_init(&text);
    bytes_init(&sig);
    json_text(hex, &text);
    if (hex_decode(bytes_span(&text), &sig) != 0)
        json_refuse(hex, e, "a signature is an even number of hex digits");
    else
        rc = signature_take(env, keyid, id, &sig, e);
    bytes_clear(&text);
    bytes_clear(&sig);
    free(id);
    return rc;
}

static int file_read(struct envelope *env, struct err *e)
{
    struct json root = json_root(env->doc), list, entry;
    struct json_iter it;

    if (json_need(root, "signed", JSON_OBJECT, &env->object, e) != 0 ||
        json_need(root, "signatures", JSON_ARRAY, &list, e) != 0)
        return -1;
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &entry))
        if (signature_read(env, entry, e) != 0)
            return -1;
    return 0;
}

/* Makes an envelope of a document (moved in, also on failure). */
static int envelope_of(struct json_doc *doc, bool file, struct envelope **out, struct err *e)
{
    struct envelope *env = calloc(1, sizeof *env);

    if (env == NULL) {
        json_doc_free(doc);
        return err_oom(e);
    }
    env->doc = doc;
    env->object = json_root(doc);
    if (file ? file_read(env, e) != 0
             : json_kind(env->object) != JSON_OBJECT &&
                   json_refuse(env->object, e, "an object is expected") != 0) {
        envelope_free(env);
        return -1;
    }
    *out = env;
    return 0;
}

int envelope_read(struct span text, const char *name, struct envelope **out, struct err *e)
{
    struct json_doc *doc;

    *out = NULL;
    if (json_doc_read(text, name, JSON_TEXT, &doc, e) != 0)
        return -1;
    return envelope_of(doc, true, out, e);
}

int envelope_take(struct bytes *text, const char *name, struct envelope **out, struct err *e)
{
    struct json_doc *doc;

    *out = NULL;
    if (json_doc_take(text, name, JSON_TEXT, &doc, e) != 0)
        return -1;
    return envelope_of(doc, true, out, e);
}

int envelope_new(struct bytes *canonical, const char *name, struct envelope **out, struct err *e)
{
    struct json_doc *doc;

    *out = NULL;
    if (json_doc_take(canonical, name, JSON_CANONICAL, &doc, e) != 0)
        return -1;
    return envelope_of(doc, false, out, e);
}

const char *envelope_name(const struct envelope *env)
{
    return json_doc_name(env->doc);
}

struct json envelope_object(const struct envelope *env)
{
    return env->object;
}

struct span envelope_signed(const struct envelope *env)
{
    return json_span(env->object);
}

size_t envelope_signature_count(const struct envelope *env)
{
    return env->n;
}

const struct signature *envelope_signature(const struct envelope *env, size_t i)
{
    return &env->signatures[i];
}

int envelope_set_signature(struct envelope *env, const char *keyid, struct span sig, struct err *e)
{
    struct bytes copy;
    bool there;
    size_t at = signature_place(env, keyid, &there);
    int rc = 0;

    bytes_init(&copy);
    bytes_put_span(&copy, sig);
    if (bytes_failed(&copy))
        return err_oom(e);
    if (there) {
        bytes_clear(&env->signatures[at].sig);
        env->signatures[at].sig = copy;
        return 0;
    }
    rc = signature_insert(env, at, keyid, &copy, e);
    bytes_clear(&copy);
    return rc;
}

void tally_clear(struct tally *t)
{
    free(t->keyids);
    *t = (struct tally){0};
}

/* Counts one keyid of a role; `counted` are the keys that counted before. */
static void tally_keyid(const struct envelope *env, const char *keyid, const struct keyring *keys,
                        const struct key **counted, struct tally *t)
{
    const struct keyring_entry *entry = keyring_find(keys, keyid);
    struct err ignored;
    bool there;
    size_t at = signature_place(env, keyid, &there);

    if (entry == NULL || !there)
        return;
    if (env->signatures[at].sig.n == 0) {
        t->pending++;
        return;
    }
    if (key_verify(entry->key, envelope_signed(env), bytes_span(&env->signatures[at].sig),
                   &ignored) != 0) {
        t->bad++;
        return;
    }
    for (size_t i = 0; i < t->n; i++)
        if (key_same_material(counted[i], entry->key))
            return;
    counted[t->n] = entry->key;
    t->keyids[t->n++] = keyid;
    t->valid++;
}

int envelope_tally(const struct envelope *env, const struct role *role, const struct keyring *keys,
                   struct tally *out, struct err *e)
{
    const struct key **counted = calloc(role->n + 1, sizeof *counted);
    struct tally t = {.threshold = role->threshold};

    *out = (struct tally){0};
    t.keyids = calloc(role->n + 1, sizeof *t.keyids);
    if (counted == NULL || t.keyids == NULL) {
        free(counted);
        tally_clear(&t);
        return err_oom(e);
    }
    for (size_t i = 0; i < role->n; i++)
        tally_keyid(env, role->keyids[i], keys, counted, &t);
    free(counted);
    *out = t;
    return 0;
}

/* A string in canonical JSON: only '"' and '\' are escaped. */
static void put_canonical_string(struct bytes *out, const char *s)
{
    bytes_put_u8(out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            bytes_put_u8(out, '\\');
        bytes_put_u8(out, (uint8_t)*s);
    }
    bytes_put_u8(out, '"');
}

int envelope_write(const struct envelope *env, struct bytes *out, struct err *e)
{
    struct bytes file;
    int rc;

    bytes_init(&file);
    bytes_put_str(&file, "{\"signatures\":[");
    for (size_t i = 0; i < env->n; i++) {
        bytes_put_str(&file, i > 0 ? ",{\"keyid\":" : "{\"keyid\":");
        put_canonical_string(&file, env->signatures[i].keyid);
        bytes_put_str(&file, ",\"sig\":\"");
        bytes_put_hex(&file, bytes_span(&env->signatures[i].sig));
        bytes_put_str(&file, "\"}");
    }
    bytes_put_str(&file, "],\"signed\":");
    bytes_put_span(&file, envelope_signed(env));
    bytes_put_str(&file, "}");
    if (!bytes_failed(&file)) {
        json_print(bytes_span(&file), 1, out);
        bytes_put_u8(out, '\n');
    }
    rc = bytes_failed(&file) || bytes_failed(out) ? err_oom(e) : 0;
    bytes_clear(&file);
    return rc;
}
