/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an entry of "delegations": who it is delegated by, its instances, its share of paths. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_read.h"
#include "ceremony/plan/plan_template.h"
#include "metadata/base/array.h"

#define PATH_MAX_BYTES  512
#define VALUE_MAX_BYTES 64

static void texts_free(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
    free(texts);
}

void plan_delegation_free(struct plan_delegation *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->nvariables; i++) {
        free(d->variables[i].name);
        texts_free(d->variables[i].values, d->variables[i].n);
    }
    free(d->variables);
    texts_free(d->paths, d->npaths);
    texts_free(d->prefixes, d->nprefixes);
    free(d);
}

int plan_texts(struct json list, size_t max, bool once, char ***out, size_t *n, struct err *e)
{
    struct json item;

    if (json_kind(list) != JSON_ARRAY || json_count(list) == 0)
        return json_refuse(list, e, "an array with at least one text is expected");
    if ((*out = calloc(json_count(list), sizeof **out)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        char *text;

        if (json_take_text(item, "a text is expected", &text, e) != 0)
            return -1;
        if (text[0] == '\0' || strlen(text) > max) {
            free(text);
            return json_refuse(item, e, "a text of 1 to %zu bytes is expected", max);
        }
        (*out)[(*n)++] = text;
        for (size_t i = 0; once && i + 1 < *n; i++)
            if (strcmp((*out)[i], text) == 0)
                return json_refuse(item, e, "'%s' is there twice", text);
    }
    return 0;
}

/* "by": one role that is named before, and is no role template. */
static int by_read(struct json object, const struct plan *p, struct plan_delegation *d,
                   struct err *e)
{
    struct json by;
    char *name;
    long at;

    d->by = SIGNED_TARGETS;
    if (!json_get(object, "by", &by))
        return 0;
    if (json_take_text(by, "'by' is the name of a role", &name, e) != 0)
        return -1;
    at = plan_role_find(p, name);
    free(name);
    if (at < 0 || (at < SIGNED_TYPES && at != SIGNED_TARGETS))
        return json_refuse(by, e, "'by' names targets, or a delegated role further up in the list");
    if (p->roles[at].delegation != NULL && p->roles[at].delegation->is_template)
        return json_refuse(by, e, "a role template can't delegate; name one role");
    d->by = (size_t)at;
    return 0;
}

static int variable_read(struct json name, struct json values, struct plan_variable *v,
                         struct err *e)
{
    if ((v->name = json_strdup(name)) == NULL)
        return err_oom(e);
    if (!template_is_variable(span_str(v->name)) || strcmp(v->name, "bin") == 0)
        return json_refuse(values, e,
                           "'%s' is no name for a variable: small letters, digits and _, not 'bin'",
                           v->name);
    if (plan_texts(values, VALUE_MAX_BYTES, true, &v->values, &v->n, e) != 0)
        return -1;
    for (size_t i = 0; i < v->n; i++)
        if (strpbrk(v->values[i], "/{}") != NULL)
            return json_refuse(values, e, "'%s' has a slash or a brace", v->values[i]);
    return 0;
}

static int each_read(struct json object, struct plan_delegation *d, struct err *e)
{
    struct json each, name, values;

    if (!json_get(object, "each", &each))
        return 0;
    if (json_kind(each) != JSON_OBJECT || json_count(each) == 0)
        return json_refuse(each, e, "'each' is an object as {\"letter\": [\"A\", \"B\"]}");
    if ((d->variables = calloc(json_count(each), sizeof *d->variables)) == NULL)
        return err_oom(e);
    d->is_template = true;
    for (struct json_iter it = json_iter_of(each); json_next(&it, &name, &values);)
        if (variable_read(name, values, &d->variables[d->nvariables++], e) != 0)
            return -1;
    return 0;
}

static int bins_read(struct json object, struct plan_role *r, struct err *e)
{
    struct plan_delegation *d = r->delegation;
    struct json bins, succinct;
    const char *end = "-{bin}";
    size_t n = strlen(r->name);

    if (json_get(object, "succinct", &succinct)) {
        if (json_kind(succinct) != JSON_BOOL || !json_get(object, "bins", &bins))
            return json_refuse(succinct, e, "'succinct' is true or false, and goes with 'bins'");
        d->succinct = json_true(succinct);
    }
    if (!json_get(object, "bins", &bins))
        return 0;
    if (d->is_template)
        return json_refuse(bins, e, "'bins' and 'each' exclude each other");
    d->is_template = true;
    while (json_kind(bins) == JSON_INTEGER && d->bit_length <= BIN_BITS_MAX &&
           INT64_C(1) << d->bit_length != json_integer(bins))
        d->bit_length++;
    if (d->bit_length < 1 || d->bit_length > BIN_BITS_MAX)
        return json_refuse(bins, e, "'bins' is a power of two from 2 to %d", 1 << BIN_BITS_MAX);
    if (n <= strlen(end) || strcmp(r->name + n - strlen(end), end) != 0)
        return json_refuse(bins, e, "the name of bins ends in \"%s\"", end);
    return 0;
}

/* Exactly one of paths, hash prefixes and bins. */
static int share_read(struct json object, struct plan_delegation *d, struct err *e)
{
    struct json paths, prefixes;
    bool has_paths = json_get(object, "paths", &paths);
    bool has_prefixes = json_get(object, "hash_prefixes", &prefixes);

    if ((unsigned)has_paths + (unsigned)has_prefixes + (d->bit_length > 0) != 1)
        return json_refuse(object, e,
                           "a delegated role has either 'paths', 'hash_prefixes' or 'bins'");
    if (has_paths)
        return plan_texts(paths, PATH_MAX_BYTES, false, &d->paths, &d->npaths, e);
    if (!has_prefixes)
        return 0;
    if (plan_texts(prefixes, PATH_MAX_BYTES, false, &d->prefixes, &d->nprefixes, e) != 0)
        return -1;
    for (size_t i = 0; i < d->nprefixes; i++)
        if (strspn(d->prefixes[i], "0123456789abcdefABCDEF") != strlen(d->prefixes[i]))
            return json_refuse(prefixes, e, "'%s' is no prefix of a hash in hex digits",
                               d->prefixes[i]);
    return 0;
}

static int knows(struct json at, const struct plan_role *r, const char *text, struct err *e)
{
    const char *bad;

    return template_knows(r->delegation, text, &bad)
               ? 0
               : json_refuse(at, e, "'%s' has a variable that 'each' does not give: '%s'", text,
                             bad);
}

static int variables_check(struct json object, const struct plan_role *r, struct err *e)
{
    if (knows(object, r, r->name, e) != 0 || (r->file != NULL && knows(object, r, r->file, e) != 0))
        return -1;
    for (size_t i = 0; i < r->delegation->npaths; i++)
        if (knows(object, r, r->delegation->paths[i], e) != 0)
            return -1;
    return 0;
}

/* Two instances of one name: a variable is not in the name. */
static int instances_differ(struct json object, const struct plan_role *r, struct err *e)
{
    char **sorted = calloc(r->ninstances, sizeof *sorted);
    const char *twice = NULL;

    if (sorted == NULL)
        return err_oom(e);
    memcpy(sorted, r->instances, r->ninstances * sizeof *sorted);
    array_sort(sorted, r->ninstances, sizeof *sorted);
    for (size_t i = 1; i < r->ninstances && twice == NULL; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            twice = sorted[i];
    free(sorted);
    return twice == NULL ? 0
                         : json_refuse(object, e,
                                       "several roles would be named '%s': put every variable "
                                       "into the name",
                                       twice);
}

static int instances_name(struct json object, struct plan_role *r, struct err *e)
{
    const struct plan_delegation *d = r->delegation;
    size_t n = (size_t)1 << d->bit_length;
    struct bytes name = {0};
    struct err why;

    for (size_t i = 0; i < d->nvariables && n <= INSTANCES_MAX; i++)
        n *= d->variables[i].n;
    if (n > INSTANCES_MAX)
        return json_refuse(object, e, "there would be more than %d roles", INSTANCES_MAX);
    if ((r->instances = calloc(n, sizeof *r->instances)) == NULL)
        return err_oom(e);
    while (r->ninstances < n) {
        template_fill(r, r->ninstances, r->name, &name);
        if ((r->instances[r->ninstances] = bytes_take_str(&name)) == NULL)
            return err_oom(e);
        r->ninstances++;
        if (role_name_check(span_str(r->instances[r->ninstances - 1]), &why) != 0)
            return json_refuse(object, e, "%s", why.what);
    }
    return instances_differ(object, r, e);
}

/* A role that is signed here, or delegated to. */
struct instance {
    const char *name, *entry;
};

static bool has_instance(const struct instance *all, size_t n, const char *name, size_t size)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = span_cmp(span_str(all[mid].name), span_of(name, size));

        if (order == 0)
            return true;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

/* "1.root" has the file of a root where there are no consistent snapshots. */
static bool looks_like_root(const char *name)
{
    size_t digits = strspn(name, "0123456789");

    return digits > 0 && name[digits] == '.' &&
           strcmp(name + digits + 1, signed_type_name(SIGNED_ROOT)) == 0;
}

/* One file can't be a folder, too: "a" and "a.json/b". */
static int file_is_own(struct json list, const struct instance *all, size_t n, const char *name,
                       struct err *e)
{
    if (looks_like_root(name))
        return json_refuse(list, e, "a role named '%s' could have the file of a root", name);
    for (const char *at = name; (at = strstr(at, ".json/")) != NULL; at++)
        if (has_instance(all, n, name, (size_t)(at - name)))
            return json_refuse(list, e, "the file of role '%.*s' would be the folder of role '%s'",
                               (int)(at - name), name, name);
    return 0;
}

static int instances_hold(struct json list, struct instance *all, size_t n, struct err *e)
{
    array_sort(all, n, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(all[i - 1].name, all[i].name) == 0)
            return json_refuse(list, e, "role '%s' is there twice, in '%s' and in '%s'",
                               all[i].name, all[i - 1].entry, all[i].entry);
        if (file_is_own(list, all, n, all[i].name, e) != 0)
            return -1;
    }
    return 0;
}

int plan_instances_check(struct json list, const struct plan *p, struct err *e)
{
    struct instance *all;
    size_t n = 0;
    int rc;

    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        n += p->roles[i].ninstances;
    if (n == 0)
        return 0;
    if ((all = calloc(n, sizeof *all)) == NULL)
        return err_oom(e);
    n = 0;
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        for (size_t k = 0; k < p->roles[i].ninstances; k++)
            all[n++] = (struct instance){p->roles[i].instances[k], p->roles[i].name};
    rc = instances_hold(list, all, n, e);
    free(all);
    return rc;
}

int plan_delegation_read(struct json object, struct plan *p, struct plan_role *r, struct err *e)
{
    struct json terminating;

    if ((r->delegation = calloc(1, sizeof *r->delegation)) == NULL)
        return err_oom(e);
    if (json_get(object, "terminating", &terminating)) {
        if (json_kind(terminating) != JSON_BOOL)
            return json_refuse(terminating, e, "'terminating' is true or false");
        r->delegation->terminating = json_true(terminating);
    }
    return by_read(object, p, r->delegation, e) == 0 && each_read(object, r->delegation, e) == 0 &&
                   bins_read(object, r, e) == 0 && share_read(object, r->delegation, e) == 0 &&
                   variables_check(object, r, e) == 0
               ? instances_name(object, r, e)
               : -1;
}
