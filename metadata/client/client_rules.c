/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/client/client_rules.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PYTHON (1U << STOCK_PYTHON_TUF)
#define JS     (1U << STOCK_TUF_JS)
#define GO     (1U << STOCK_GO_TUF)
#define TOUGH  (1U << STOCK_TOUGH)

#define TYPE(t) (1U << (t))
#define OTHER_RSA                                                                                  \
    (TYPE(KEY_RSA_PSS_384) | TYPE(KEY_RSA_PSS_512) | TYPE(KEY_RSA_V15_256) |                       \
     TYPE(KEY_RSA_V15_384) | TYPE(KEY_RSA_V15_512))

static const char *const names[] = {[STOCK_PYTHON_TUF] = "python-tuf",
                                    [STOCK_TUF_JS] = "tuf-js",
                                    [STOCK_GO_TUF] = "go-tuf",
                                    [STOCK_TOUGH] = "tough"};
static_assert(sizeof names / sizeof names[0] == STOCK_CLIENTS, "every client has a name");

/* What clients do with a key that they do not read: refuse the whole file in which it is (`file`),
 * the files of the roles that list it (`role`), or count it as not there (`key`). Sources:
 * python-tuf: securesystemslib/signer/_key.py, Key.from_dict;
 * tuf-js: @tufjs/models, utils/key.js and Metadata.verifyDelegate;
 * go-tuf: metadata/keys.go, ToPublicKey, and metadata/metadata.go, VerifyDelegate;
 * tough: tough/src/schema/key.rs (an enum of schemes) and spki.rs. */
struct key_rule {
    const char *words; /* "key 'abc' ...": the reason */
    const char *who;   /* the clients of all three, for people */
    unsigned types;    /* of these types */
    bool pkcs1;        /* or: written as "BEGIN RSA PUBLIC KEY" */
    unsigned file, role, key;
};

static const struct key_rule rules[] = {
    {.words = "is of an unknown type or scheme",
     .who = "most clients",
     .types = TYPE(KEY_UNKNOWN),
     .file = PYTHON | TOUGH,
     .role = GO,
     .key = JS},
    {.words = "is on P-384",
     .who = "tuf-js and tough",
     .types = TYPE(KEY_P384),
     .file = TOUGH,
     .key = JS},
    {.words = "is on P-521",
     .who = "tuf-js, go-tuf and tough",
     .types = TYPE(KEY_P521),
     .file = TOUGH,
     .key = JS | GO},
    {.words = "is RSA with another scheme than rsassa-pss-sha256",
     .who = "tuf-js, go-tuf and tough",
     .types = OTHER_RSA,
     .file = TOUGH,
     .key = JS | GO},
    {.words = "is written as 'RSA PUBLIC KEY'",
     .who = "tuf-js and tough",
     .pkcs1 = true,
     .file = TOUGH,
     .key = JS},
};

static bool applies(const struct key_rule *rule, const struct key *k)
{
    struct span object = key_object(k);

    return rule->pkcs1 ? memmem(object.p, object.n, "BEGIN RSA PUBLIC KEY", 20) != NULL
                       : (rule->types & TYPE(key_type(k))) != 0;
}

const char *stock_client_name(enum stock_client c)
{
    return names[c];
}

void stock_verdicts_clear(struct stock_verdicts *v)
{
    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        free(v->why[c]);
    *v = (struct stock_verdicts){0};
}

static int refuse(struct stock_verdicts *v, unsigned clients, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int refuse(struct stock_verdicts *v, unsigned clients, struct err *e, const char *fmt, ...)
{
    char line[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        if ((clients & 1U << c) != 0 && v->why[c] == NULL && (v->why[c] = strdup(line)) == NULL)
            return err_oom(e);
    return 0;
}

int client_rules_keys(struct stock_verdicts *v, const char *file, const struct keyring *keys,
                      struct err *e)
{
    for (size_t i = 0; i < keys->n; i++)
        for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++)
            if (applies(&rules[r], keys->entries[i].key) &&
                refuse(v, rules[r].file, e, "%s: key '%.8s' %s", file, keys->entries[i].keyid,
                       rules[r].words) != 0)
                return -1;
    return 0;
}

/* tuf-js: @tufjs/models, root.js, fromJSON; tough: schema/mod.rs, struct Root, where it is no
 * Option; go-tuf: metadata/marshal.go, which verifies over bytes with the member written. */
int client_rules_root(struct stock_verdicts *v, const char *file, const struct root *r,
                      struct err *e)
{
    struct json member;

    if (!json_get(r->head.object, "consistent_snapshot", &member) &&
        refuse(v, JS | GO | TOUGH, e, "%s: 'consistent_snapshot' is missing", file) != 0)
        return -1;
    return client_rules_keys(v, file, &r->keys, e);
}

/* The clients that count this key as not there, or refuse the file for it. */
static unsigned not_counted(const struct key *k, const char **words)
{
    unsigned clients = 0;

    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++)
        if (applies(&rules[r], k)) {
            clients |= rules[r].key;
            *words = rules[r].words;
        }
    return clients;
}

/* go-tuf (metadata/marshal.go, HexBytes) and tough (schema/mod.rs, struct Signature) read every
 * signature as hex. */
static int signatures(struct stock_verdicts *v, const struct envelope *env, struct err *e)
{
    for (size_t i = 0; i < envelope_signature_count(env); i++)
        if (envelope_signature(env, i)->not_hex &&
            refuse(v, GO | TOUGH, e, "%s: a signature is not hex", envelope_name(env)) != 0)
            return -1;
    return 0;
}

int client_rules_signed(struct stock_verdicts *v, const struct envelope *env,
                        const struct role *role, const struct keyring *keys, const struct tally *t,
                        struct err *e)
{
    unsigned counts[STOCK_CLIENTS];
    const char *words = "";

    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        counts[c] = t->valid;
    for (size_t i = 0; i < t->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, t->keyids[i]);
        unsigned clients = entry != NULL ? not_counted(entry->key, &words) : 0;

        for (unsigned c = 0; c < STOCK_CLIENTS; c++)
            counts[c] -= clients >> c & 1U;
    }
    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        if (counts[c] < t->threshold &&
            refuse(v, 1U << c, e, "%s: it counts %u of the %u signatures needed: a key %s",
                   envelope_name(env), counts[c], t->threshold, words) != 0)
            return -1;
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        for (size_t r = 0; entry != NULL && r < sizeof rules / sizeof rules[0]; r++)
            if (applies(&rules[r], entry->key) &&
                refuse(v, rules[r].role, e, "%s: key '%.8s' of its role %s", envelope_name(env),
                       entry->keyid, rules[r].words) != 0)
                return -1;
        if (entry == NULL && refuse(v, GO, e, "%s: key '%.8s' of its role is not there",
                                    envelope_name(env), role->keyids[i]) != 0)
            return -1;
    }
    return signatures(v, env, e);
}

const char *key_type_refused_by(enum key_type type)
{
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++)
        if ((rules[r].types & TYPE(type)) != 0)
            return rules[r].who;
    return NULL;
}
