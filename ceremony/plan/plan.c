/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_inputs.h"
#include "ceremony/plan/plan_moves.h"
#include "ceremony/plan/plan_read.h"
#include "metadata/base/plain.h"
#include "metadata/private_key.h"

#define TEXT_MAX_BYTES   200
#define MODULE_MAX_BYTES 500

static void role_free(struct plan_role *r)
{
    plan_contents_clear(r);
    for (size_t i = 0; i < r->ninstances; i++)
        free(r->instances[i]);
    for (size_t i = 0; i < r->nremoved; i++)
        free(r->removed[i]);
    free(r->removed);
    free(r->instances);
    free(r->name);
    free(r->file);
    free(r->moves);
    free(r->seats);
    free(r->online);
    plan_delegation_free(r->delegation);
}

void plan_free(struct plan *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->nholders; i++) {
        free(p->holders[i].name);
        free(p->holders[i].bag);
        free(p->holders[i].token);
        free(p->holders[i].token_is.manufacturer);
        free(p->holders[i].token_is.model);
        free(p->holders[i].token_is.serial);
        free(p->holders[i].token_is.firmware);
        for (unsigned t = 0; t < SIGNED_TYPES; t++)
            free(p->holders[i].keyids[t]);
        for (size_t k = 0; k < p->holders[i].nheld; k++) {
            free(p->holders[i].held[k].role);
            free(p->holders[i].held[k].keyid);
        }
        free(p->holders[i].held);
        plan_given_clear(&p->holders[i]);
    }
    for (size_t i = 0; i < p->nonline; i++) {
        free(p->online[i].name);
        free(p->online[i].file);
        key_free(p->online[i].key);
        key_free(p->online[i].old);
    }
    for (size_t i = 0; i < p->nroles; i++)
        role_free(&p->roles[i]);
    free(p->roles);
    free(p->holders);
    free(p->online);
    free(p->seats);
    free(p->title);
    plan_moves_free(p->moves);
    free(p->loopback);
    plan_attest_clear(&p->attest);
    trusted_free(p->trusted);
    free(p);
}

const struct root *plan_followed_root(const struct plan *p)
{
    return p->trusted != NULL && !p->first_root ? p->trusted->root : NULL;
}

int64_t plan_version(const struct plan *p, size_t role, size_t instance)
{
    const struct plan_role *r = &p->roles[role];
    const struct targets *now;

    if (p->trusted == NULL)
        return 1;
    if (r->type == SIGNED_ROOT)
        return p->trusted->root->head.version + 1;
    now = r->type == SIGNED_TARGETS ? trusted_targets(p->trusted, r->instances[instance]) : NULL;
    return now != NULL ? now->head.version + 1 : 1;
}

const struct plan_role *plan_role_at(const struct plan *p, size_t i)
{
    static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_TARGETS, SIGNED_SNAPSHOT,
                                             SIGNED_TIMESTAMP};

    return &p->roles[i < SIGNED_TYPES ? order[i] : i];
}

long plan_role_find(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->nroles; i++)
        if (strcmp(p->roles[i].name, name) == 0)
            return (long)i;
    return -1;
}

const struct plan_role *plan_role_of(const struct plan *p, const char *instance)
{
    for (size_t i = 0; i < p->nroles; i++)
        for (size_t k = 0; k < p->roles[i].ninstances; k++)
            if (strcmp(p->roles[i].instances[k], instance) == 0)
                return &p->roles[i];
    return NULL;
}

long plan_holder_find(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->nholders; i++)
        if (strcmp(p->holders[i].name, name) == 0)
            return (long)i;
    return -1;
}

int plan_text(struct json object, const char *member, size_t max, char **out, struct err *e)
{
    struct json v;
    char *text;
    size_t n;

    if (json_need(object, member, JSON_STRING, &v, e) != 0)
        return -1;
    if ((text = json_strdup(v)) == NULL)
        return err_oom(e);
    n = strlen(text);
    if (n > 0 && n <= max && plain_is(span_str(text)) && text[0] != ' ' && text[n - 1] != ' ') {
        *out = text;
        return 0;
    }
    free(text);
    json_refuse(v, e,
                "'%s' is not a text of 1 to %zu bytes without control characters and blanks at its "
                "ends",
                member, max);
    return -1;
}

int plan_text_maybe(struct json object, const char *member, size_t max, char **out, struct err *e)
{
    struct json v;

    return json_get(object, member, &v) ? plan_text(object, member, max, out, e) : 0;
}

static int day_read(struct json object, const char *member, bool *has, utc_t *out, struct err *e)
{
    struct json at;
    struct err why;

    if (!json_get(object, member, &at))
        return 0;
    *has = json_kind(at) == JSON_STRING && utc_parse_day(json_inside(at), out, &why) == 0;
    return *has ? 0 : json_refuse(at, e, "'%s' is a day as \"2027-11-23\"", member);
}

static int bool_read(struct json object, const char *member, bool *out, struct err *e)
{
    struct json v;

    if (!json_get(object, member, &v))
        return 0;
    if (json_kind(v) != JSON_BOOL)
        return json_refuse(v, e, "'%s' is true or false", member);
    *out = json_true(v);
    return 0;
}

static int trusted_read(struct json object, struct store *s, struct plan *p, struct err *e)
{
    static const char *const known[] = {"root", "targets", "day", NULL};
    struct json trusted, root, targets;
    int64_t version = 0;

    if (!json_get(object, "trusted", &trusted))
        return 0;
    if (json_kind(trusted) != JSON_OBJECT)
        return json_refuse(trusted, e, "'trusted' is an object as {\"root\": 4}");
    if (json_only(trusted, known, e) != 0 ||
        json_need(trusted, "root", JSON_INTEGER, &root, e) != 0 ||
        day_read(trusted, "day", &p->has_day, &p->day, e) != 0)
        return -1;
    if (json_get(trusted, "targets", &targets)) {
        if (json_kind(targets) != JSON_INTEGER || (version = json_integer(targets)) < 1)
            return json_refuse(targets, e, "'targets' is the version of the targets in force");
    }
    if (json_integer(root) < 1)
        return json_refuse(root, e, "'root' is the version of the root in force");
    return trusted_load(s, json_integer(root), version, &p->trusted, e);
}

static int first_root_read(struct json object, struct plan *p, struct err *e)
{
    struct json first;

    if (bool_read(object, "first_root", &p->first_root, e) != 0)
        return -1;
    return !p->first_root || p->trusted != NULL
               ? 0
               : json_refuse(json_get(object, "first_root", &first) ? first : object, e,
                             "'first_root' is of a plan with 'trusted'; without one every root is "
                             "a first root");
}

static int plan_read(struct json object, struct store *s, struct plan *p, struct err *e)
{
    static const char *const known[] = {
        "tuf-ceremony-plan", "title",         "rehearsal",  "correct_keyids",    "trusted",
        "first_root",        "next_ceremony", "keyholders", "online_keys",       "roles",
        "delegations",       "sign",          "loopback",   "attestation_roots", NULL};
    struct json version;

    if (json_need(object, "tuf-ceremony-plan", JSON_INTEGER, &version, e) != 0)
        return -1;
    if (json_integer(version) != 1)
        return json_refuse(version, e, "this version of the program reads plans of version 1");
    if (json_only(object, known, e) != 0 ||
        plan_text(object, "title", TEXT_MAX_BYTES, &p->title, e) != 0)
        return -1;
    return bool_read(object, "rehearsal", &p->rehearsal, e) == 0 &&
                   bool_read(object, "correct_keyids", &p->correct_keyids, e) == 0 &&
                   day_read(object, "next_ceremony", &p->has_next, &p->next, e) == 0 &&
                   plan_text_maybe(object, "loopback", MODULE_MAX_BYTES, &p->loopback, e) == 0 &&
                   trusted_read(object, s, p, e) == 0 && first_root_read(object, p, e) == 0 &&
                   plan_people_read(object, s, p, e) == 0 &&
                   plan_attest_read(object, s, &p->attest, e) == 0 &&
                   plan_roles_read(object, p, e) == 0
               ? (plan_contents_load(s, p, e) == 0 ? plan_moves_load(s, p, e) : -1)
               : -1;
}

/* Reads all through `r`, so that the digest is over what was read. */
static int plan_read_all(struct plan_inputs *r, struct plan *p, struct err *e)
{
    struct store *s = plan_inputs_store(r);
    struct json_doc *doc = NULL;
    struct bytes text = {0};
    int found, rc = -1;

    found = s->ops->read(s->self, "plan.json", STORE_MAX_SMALL, &text, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "folder '%s' has no plan.json", s->path);
        err_todo(e, "make a plan with 'tuf-ceremony new', or give the ceremony's folder");
    }
    if (found > 0 && json_doc_take(&text, "plan.json", JSON_TEXT, &doc, e) == 0 &&
        private_key_refuse(json_root(doc), e) == 0 && plan_read(json_root(doc), s, p, e) == 0)
        rc = plan_inputs_digest(r, p->sha256, e);
    if (rc != 0 && e->code == ERR_INPUT && e->todo[0] == '\0' &&
        strncmp(e->where, "plan.json", strlen("plan.json")) == 0)
        err_todo(e, "correct it, then run 'tuf-ceremony check DIR'; nothing was changed");
    bytes_clear(&text);
    json_doc_free(doc);
    return rc;
}

int plan_load(struct store *s, struct plan **out, struct err *e)
{
    struct plan *p = calloc(1, sizeof *p);
    struct plan_inputs *r = NULL;
    int rc = -1;

    *out = NULL;
    if (p == NULL)
        return err_oom(e);
    if (plan_inputs_new(s, &r, e) == 0 && plan_read_all(r, p, e) == 0) {
        *out = p;
        p = NULL; /* moved */
        rc = 0;
    }
    plan_inputs_free(r);
    plan_free(p);
    return rc;
}
