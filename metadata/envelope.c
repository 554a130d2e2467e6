/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/envelope.h"
#include "metadata/base/array.h"

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
                            bool not_hex, struct err *e)
{
    char *copy = strdup(keyid);
    struct signature *more;

    if (copy == NULL || array_grow(&env->signatures, env->n, sizeof *env->signatures, e) != 0) {
        free(copy);
        return err_oom(e);
    }
    more = env->signatures;
    memmove(more + at + 1, more + at, (env->n - at) * sizeof *more);
    more[at] = (struct signature){.keyid = copy, .sig = *sig, .not_hex = not_hex};
    *sig = (struct bytes){0};
    env->n++;
    return 0;
}

static int signature_take(struct envelope *env, struct json at, const char *keyid,
                          struct bytes *sig, bool not_hex, struct err *e)
{
    bool there;
    size_t place = signature_place(env, keyid, &there);

    if (there)
        return json_refuse(at, e, "two signatures have the same keyid");
    return signature_insert(env, place, keyid, sig, not_hex, e);
}

static int signature_read(struct envelope *env, struct json entry, struct err *e)
{
    struct json keyid, hex;
    struct bytes text = {0}, sig = {0};
    bool not_hex;
    char *id;
    int rc = -1;

    if (json_need(entry, "keyid", JSON_STRING, &keyid, e) != 0 ||
        json_need(entry, "sig", JSON_STRING, &hex, e) != 0)
        return -1;
    if ((id = json_strdup(keyid)) == NULL)
        return err_oom(e);
    json_text(hex, &text);
    not_hex = hex_decode(bytes_span(&text), &sig) != 0;
    if (bytes_failed(&text) || bytes_failed(&sig)) /* an empty text would be hex */
        rc = err_oom(e);
    else
        rc = signature_take(env, keyid, id, not_hex ? &text : &sig, not_hex, e);
    bytes_clear(&text);
    bytes_clear(&sig);
    free(id);
    return rc;
}

static int file_read(struct envelope *env, struct err *e)
{
    struct json root = json_root(env->doc), list, entry;

    if (json_need(root, "signed", JSON_OBJECT, &env->object, e) != 0 ||
        json_need(root, "signatures", JSON_ARRAY, &list, e) != 0)
        return -1;
    if (json_count(list) > SIGNATURES_MAX)
        return json_refuse(list, e, "there are %zu signatures; %d are read at most",
                           json_count(list), SIGNATURES_MAX);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &entry);)
        if (signature_read(env, entry, e) != 0)
            return -1;
    return 0;
}

struct json envelope_file(const struct envelope *env)
{
    return json_root(env->doc);
}

/* Makes an envelope of a document (moved in, also on failure); `any`: also of one with a private
 * key in it. */
static int envelope_of(struct json_doc *doc, bool file, bool any, struct envelope **out,
                       struct err *e)
{
    struct envelope *env = calloc(1, sizeof *env);

    if (env == NULL) {
        json_doc_free(doc);
        return err_oom(e);
    }
    env->doc = doc;
    env->object = json_root(doc);
    if ((file ? file_read(env, e) != 0
              : json_kind(env->object) != JSON_OBJECT &&
                    json_refuse(env->object, e, "an object is expected") != 0) ||
        (!any && envelope_secret(env, e) != 0)) {
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
    return envelope_of(doc, true, false, out, e);
}

static int take(struct bytes *text, const char *name, bool any, struct envelope **out,
                struct err *e)
{
    struct json_doc *doc;

    *out = NULL;
    if (json_doc_take(text, name, JSON_TEXT, &doc, e) != 0)
        return -1;
    return envelope_of(doc, true, any, out, e);
}

int envelope_take(struct bytes *text, const char *name, struct envelope **out, struct err *e)
{
    return take(text, name, false, out, e);
}

int envelope_take_any(struct bytes *text, const char *name, struct envelope **out, struct err *e)
{
    return take(text, name, true, out, e);
}

int envelope_new(struct bytes *canonical, const char *name, struct envelope **out, struct err *e)
{
    struct json_doc *doc;

    *out = NULL;
    if (json_doc_take(canonical, name, JSON_CANONICAL, &doc, e) != 0)
        return -1;
    return envelope_of(doc, false, false, out, e);
}

void envelope_settle(struct envelope *env)
{
    json_doc_settle(env->doc);
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
    struct bytes copy = {0};
    bool there;
    size_t at = signature_place(env, keyid, &there);
    int rc = 0;

    bytes_put_span(&copy, sig);
    if (bytes_failed(&copy))
        return err_oom(e);
    if (there) {
        bytes_clear(&env->signatures[at].sig);
        env->signatures[at].sig = copy;
        env->signatures[at].not_hex = false;
        return 0;
    }
    rc = signature_insert(env, at, keyid, &copy, false, e);
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
    const struct signature *sig;
    struct err why;
    bool there;
    size_t at = signature_place(env, keyid, &there);

    if (entry == NULL || !there)
        return;
    sig = &env->signatures[at];
    if (sig->sig.n == 0) {
        t->pending++;
        return;
    }
    if (sig->not_hex || key_verify(entry->key, envelope_signed(env), bytes_span(&sig->sig), &why)) {
        if (sig->not_hex || why.code != ERR_UNSUPPORTED)
            t->bad++;
        else {
            t->unchecked++;
            t->scheme = key_scheme(entry->key);
        }
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

int tally_refuse(const struct tally *t, const char *role, struct err *e)
{
    if (t->valid + t->unchecked >= t->threshold) {
        err_set(e, ERR_UNSUPPORTED,
                "scheme '%.64s' is not supported by this program: of the %u signatures that '%s' "
                "needs, it can check %u",
                t->scheme, t->threshold, role, t->valid);
        return err_todo(e, "check the file with a client that supports the scheme; the signatures "
                           "may well be valid");
    }
    err_set(e, ERR_SIGNATURE, "only %u of the %u signatures that '%s' needs are there", t->valid,
            t->threshold, role);
    return err_todo(e, "collect the missing signatures; a client refuses the file as it is");
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

static void put_signatures(const struct envelope *env, struct bytes *out)
{
    bytes_put_str(out, "{\"signatures\":[");
    for (size_t i = 0; i < env->n; i++) {
        bytes_put_str(out, i > 0 ? ",{\"keyid\":" : "{\"keyid\":");
        put_canonical_string(out, env->signatures[i].keyid);
        bytes_put_str(out, ",\"sig\":");
        if (env->signatures[i].not_hex)
            put_canonical_string(out, bytes_str(&env->signatures[i].sig));
        else {
            bytes_put_u8(out, '"');
            bytes_put_hex(out, bytes_span(&env->signatures[i].sig));
            bytes_put_u8(out, '"');
        }
        bytes_put_u8(out, '}');
    }
    bytes_put_str(out, "],\"signed\":");
}

#define PART ((size_t)256 << 10)

int envelope_each(const struct envelope *env, envelope_part *each, void *arg, struct err *e)
{
    struct json_lines lines;
    struct bytes head = {0}, part = {0};
    bool more = true;
    int rc = 0;

    put_signatures(env, &head);
    if (!bytes_failed(&head))
        json_print(bytes_span(&head), 1, &part);
    json_lines_init(&lines, envelope_signed(env), 1);
    lines.depth = 1;
    while (rc == 0 && more) {
        while (part.n < PART && !bytes_failed(&part) && (more = json_lines_next(&lines, &part)))
            bytes_put_u8(&part, '\n');
        if (!more)
            bytes_put_str(&part, "}\n");
        rc = bytes_failed(&head) || bytes_failed(&part) ? err_oom(e)
                                                        : each(arg, bytes_span(&part), e);
        bytes_truncate(&part, 0);
    }
    bytes_clear(&head);
    bytes_clear(&part);
    return rc;
}

static int append(void *arg, struct span part, struct err *e)
{
    bytes_put_span(arg, part);
    return bytes_failed(arg) ? err_oom(e) : 0;
}

int envelope_write(const struct envelope *env, struct bytes *out, struct err *e)
{
    return envelope_each(env, append, out, e);
}

static int count(void *arg, struct span part, struct err *e)
{
    size_t *n = arg;

    (void)e;
    *n += part.n;
    return 0;
}

int envelope_size(const struct envelope *env, size_t *out, struct err *e)
{
    *out = 0;
    return envelope_each(env, count, out, e);
}

void envelope_put_canonical(const struct envelope *env, struct bytes *out)
{
    bytes_reserve(out, env->object.n + 4096);
    put_signatures(env, out);
    bytes_put_span(out, envelope_signed(env));
    bytes_put_u8(out, '}');
}
