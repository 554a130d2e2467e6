/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about names, signers and sizes of delegated roles. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ceremony/base/names.h"
#include "ceremony/rules/delegation_check.h"
#include "metadata/base/plain.h"
#include "metadata/paths/bin.h"

#include "ceremony/base/finding.h"

static bool is_list(const struct targets *t)
{
    return t->n > 0 && t->delegations[0].bit_length == 0;
}

/* What JavaScript calls an array index: 0 to 4294967294, written without leading zeros; else -1. */
static int64_t array_index(const char *name)
{
    size_t n = strspn(name, "0123456789");
    int64_t value;

    if (n == 0 || n > 10 || name[n] != '\0' || (name[0] == '0' && n > 1))
        return -1;
    value = strtoll(name, NULL, 10);
    return value <= INT64_C(4294967294) ? value : -1;
}

/* tuf-js keeps roles by name in an object, where such names come first, in order of their value. */
static int number_names(struct delegation_check *l)
{
    const struct targets *t = l->set->targets;
    int64_t last = -1;
    bool words = false;

    for (size_t i = 0; i < t->n; i++) {
        int64_t value = array_index(t->delegations[i].role.name);

        if (value >= 0 && (words || value < last))
            return rule_found(
                l, FINDING_REFUSAL, "number-name",
                "put words into the name, such as 'bin-10', or list such names first "
                "and in order",
                "role '%s' is named by a number and is not in its place: tuf-js, which "
                "puts numbers first, refuses the whole file",
                t->delegations[i].role.name);
        words = words || value < 0;
        last = value >= 0 ? value : last;
    }
    return 0;
}

static int script_names(struct delegation_check *l)
{
    static const char *const own[] = {
        "constructor",      "__defineGetter__", "__defineSetter__", "hasOwnProperty",
        "__lookupGetter__", "__lookupSetter__", "isPrototypeOf",    "propertyIsEnumerable",
        "toString",         "valueOf",          "__proto__",        "toLocaleString"};
    const struct targets *t = l->set->targets;

    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
            if (strcmp(t->delegations[i].role.name, own[k]) == 0 &&
                rule_found(l, FINDING_REFUSAL, "script-name",
                           "put words in front of the name, such as 'simple/constructor'",
                           "role '%s' has the name of something that every JavaScript object has: "
                           "tuf-js never asks for it",
                           own[k]) != 0)
                return -1;
    return 0;
}

static int by_case(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcasecmp(*x, *y);
}

static int names_by_case(struct delegation_check *l)
{
    const struct targets *t = l->set->targets;
    const char **names = calloc(t->n + 1, sizeof *names);
    int rc = 0;

    if (names == NULL)
        return err_oom(l->e);
    for (size_t i = 0; i < t->n; i++)
        names[i] = t->delegations[i].role.name;
    qsort(names, t->n, sizeof *names, by_case);
    for (size_t i = 1; rc == 0 && i < t->n; i++)
        if (strcasecmp(names[i - 1], names[i]) == 0)
            rc =
                rule_found(l, FINDING_WARNING, "name-case",
                           "keep the repository on a file system that distinguishes them, as Linux "
                           "has",
                           "roles '%.60s' and '%.60s' differ only by case: on some disks their "
                           "files are one",
                           names[i - 1], names[i]);
    free(names);
    return rc;
}

/* Two that look alike, among those of which `n` have letters beyond ASCII. */
static int names_that_look_alike(struct delegation_check *l, size_t n)
{
    const struct targets *t = l->set->targets;
    const char **names = calloc(t->n + 1, sizeof *names), *a, *b;
    int rc;

    if (names == NULL)
        return err_oom(l->e);
    for (size_t i = 0; i < t->n; i++)
        names[i] = t->delegations[i].role.name;
    rc = n > 0 ? names_alike(names, t->n, &a, &b, l->e) : 0;
    if (rc == 0 && n > 0 && a != NULL)
        rc = rule_found(l, FINDING_WARNING, "name-alike",
                        "ask both owners which of them is meant, and rename the other",
                        "the roles '%.60s' and '%.60s' have different names that look the same", a,
                        b);
    free(names);
    return rc;
}

/* The two ways to write an accented letter, and letters of two scripts that look alike. */
static int names_beyond_ascii(struct delegation_check *l)
{
    const struct targets *t = l->set->targets;
    size_t n = 0, example = 0;

    for (size_t i = 0; i < t->n; i++) {
        bool ascii = true;

        for (const char *c = t->delegations[i].role.name; *c != '\0'; c++)
            ascii = ascii && (unsigned char)*c < 0x80;
        if (!ascii && n++ == 0)
            example = i;
    }
    if (n == 0 || names_that_look_alike(l, n) != 0)
        return n == 0 ? 0 : -1;
    return rule_found(l, FINDING_WARNING, "name-letters",
                      "see that it is the name that is meant, letter by letter, or use ASCII only",
                      "%zu role%s, such as '%.60s', %s letters beyond ASCII: other names can look "
                      "the same, and some disks write them otherwise",
                      n, n == 1 ? "" : "s", t->delegations[example].role.name,
                      n == 1 ? "has" : "have");
}

static bool is_hidden(const char *name)
{
    return !plain_is(span_str(name));
}

static bool has_percent(const char *name)
{
    return strchr(name, '%') != NULL;
}

/* Names that people or machines may take for others: each kind is said once, with an example. */
static const struct {
    bool (*is)(const char *name);
    enum finding_level level;
    const char *rule, *todo, *says;
} looks[] = {
    {is_hidden, FINDING_REFUSAL, "name-hidden", "give it a name that can be read",
     "a character that can't be seen, or turns the text around"},
    {has_percent, FINDING_WARNING, "name-percent", "leave the '%' out",
     "a '%': who decodes an address twice is led to another file"},
};

static int names_that_mislead(struct delegation_check *l)
{
    const struct targets *t = l->set->targets;

    for (size_t k = 0; k < sizeof looks / sizeof looks[0]; k++) {
        size_t n = 0, example = 0;
        struct bytes name = {0};
        int rc = 0;

        for (size_t i = t->n; i-- > 0;)
            if (looks[k].is(t->delegations[i].role.name)) {
                n++;
                example = i;
            }
        if (n == 0)
            continue;
        plain_put_str(&name, t->delegations[example].role.name);
        rc = rule_found(l, looks[k].level, looks[k].rule, looks[k].todo,
                        "%zu role name%s, such as '%.80s', %s %s", n, n == 1 ? "" : "s",
                        bytes_str(&name), n == 1 ? "has" : "have", looks[k].says);
        bytes_clear(&name);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int delegation_check_names(struct delegation_check *l)
{
    if (!is_list(l->set->targets))
        return 0;
    return number_names(l) == 0 && script_names(l) == 0 && names_by_case(l) == 0 &&
                   names_beyond_ascii(l) == 0
               ? names_that_mislead(l)
               : -1;
}

/* Keys that a role names and the list has, each once. */
static size_t keys_there(const struct targets *t, const struct role *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct keyring_entry *entry = keyring_find(&t->keys, r->keyids[i]);
        bool before = entry == NULL;

        for (size_t k = 0; k < i && !before; k++) {
            const struct keyring_entry *other = keyring_find(&t->keys, r->keyids[k]);

            before = other != NULL && key_same_material(other->key, entry->key);
        }
        n += !before;
    }
    return n;
}

/* Fewer signatures than the delegating file has: usual for online roles, and to be known. */
int delegation_check_signers(struct delegation_check *l)
{
    const struct targets *t = l->set->targets;
    size_t fewer = 0, example = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct role *r = &t->delegations[i].role;
        size_t there = keys_there(t, r);

        if (there < r->threshold &&
            rule_found(
                l, FINDING_REFUSAL, "keys-missing", "give the keys, or lower the threshold",
                "role '%.60s' needs %u signatures, and has %zu keys in this file: nobody can "
                "sign it",
                r->name, r->threshold, there) != 0)
            return -1;
        if (l->set->own == NULL || r->threshold >= l->set->own->threshold)
            continue;
        if (fewer++ == 0)
            example = i;
    }
    if (fewer == 0)
        return 0;
    return rule_found(l, FINDING_WARNING, "fewer-signatures",
                      "see that this is meant: it is usual for roles whose keys are online",
                      "%zu role%s, such as '%.60s' with %u, need%s fewer signatures than the %u of "
                      "the role that delegates",
                      fewer, fewer == 1 ? "" : "s", t->delegations[example].role.name,
                      t->delegations[example].role.threshold, fewer == 1 ? "s" : "",
                      l->set->own->threshold);
}

/* The least that a snapshot needs to list these roles: `"NAME.json":{"version":1},`. */
static uint64_t snapshot_least(const struct targets *t)
{
    const uint64_t around = strlen("\".json\":{\"version\":1},");
    uint64_t n = 0;

    if (t->n == 1 && t->delegations[0].bit_length > 0)
        return succinct_count(t->delegations[0].bit_length) *
               (around + strlen(t->delegations[0].role.name) + 1 +
                (t->delegations[0].bit_length + 3) / 4);
    for (size_t i = 0; i < t->n; i++)
        n += around + strlen(t->delegations[i].role.name);
    return n;
}

int delegation_check_sizes(struct delegation_check *l)
{
    uint64_t snapshot = snapshot_least(l->set->targets);

    if (l->set->file_size > CLIENT_TARGETS_MAX &&
        rule_found(l, FINDING_WARNING, "file-size",
                   "let the snapshot list its length, or share its entries among bins",
                   "the file has %zu bytes: python-tuf and tuf-js refuse more than %d unless the "
                   "snapshot lists the length",
                   l->set->file_size, CLIENT_TARGETS_MAX) != 0)
        return -1;
    if (snapshot <= CLIENT_SNAPSHOT_MAX)
        return 0;
    return rule_found(
        l, FINDING_WARNING, "snapshot-size",
        "use fewer roles, shorter names, or let the timestamp list the length",
        "a snapshot that lists all these roles has at least %" PRIu64
        " bytes: python-tuf and tuf-js refuse more than %d unless the timestamp lists "
        "the length",
        snapshot, CLIENT_SNAPSHOT_MAX);
}
