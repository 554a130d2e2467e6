/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive/derive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/derive/derive_people.h"

static int copy(struct store *from, const struct found_file *file, struct store *to,
                const char *role, struct err *e)
{
    struct bytes data = {0};
    char target[TRUSTED_NAME];
    int rc;

    trusted_name(file->version, role, target);
    rc = from->ops->read(from->self, file->name, STORE_MAX_FILE, &data, e);
    if (rc == 0)
        rc = err_set(e, ERR_IO, "'%s' went away while it was read", file->name);
    else if (rc > 0)
        rc = found_check_file(file, role, bytes_span(&data), e) == 0
                 ? to->ops->write(to->self, target, bytes_span(&data), e)
                 : -1;
    bytes_clear(&data);
    return rc;
}

/* Every root that is there, and the newest targets, snapshot and timestamp. */
static int copy_trusted(const struct found *f, struct store *to, struct err *e)
{
    const struct {
        const struct found_file *file;
        const char *role;
    } newest[] = {
        {&f->targets, "targets"}, {&f->snapshot, "snapshot"}, {&f->timestamp, "timestamp"}};

    for (size_t i = f->nroots; i-- > 0;) {
        if (copy(f->store, &f->roots[i], to, "root", e) != 0)
            return -1;
    }
    for (size_t i = 0; i < sizeof newest / sizeof newest[0]; i++)
        if (newest[i].file->name != NULL &&
            copy(f->store, newest[i].file, to, newest[i].role, e) != 0)
            return -1;
    return 0;
}

static bool targets_online(const struct root *r)
{
    return derive_is_online(r, &r->roles[SIGNED_TARGETS], &r->keys);
}

static bool targets_as_root(const struct root *r)
{
    return role_same_keys(&r->roles[SIGNED_TARGETS], &r->keys, &r->roles[SIGNED_ROOT], &r->keys);
}

static void put_online_role(cJSON *roles, const struct root *r, enum signed_type type,
                            cJSON *online)
{
    const struct role *role = &r->roles[type];

    derive_put_online_keys(cJSON_AddObjectToObject(roles, role->name), role, r, online);
}

static void put_offline_role(cJSON *roles, const struct trusted *t, enum signed_type type,
                             const struct people *p, const struct derive_wish *w)
{
    const struct root *r = t->root;
    const struct role *role = &r->roles[type];
    cJSON *out = cJSON_AddObjectToObject(roles, role->name);
    struct json file = type == SIGNED_ROOT ? r->head.object : t->targets.head.object;

    if (type != SIGNED_ROOT && targets_as_root(r)) {
        cJSON_AddStringToObject(out, "same_keys_as", "root");
        cJSON_AddNumberToObject(out, "threshold", role->threshold);
    } else
        derive_put_holders(out, role, role->name, &r->keys, p, w);
    derive_put_expires(out, w, file, (struct json){0});
}

static int name_people(const struct found *f, const struct trusted *t, struct people *out,
                       struct err *e)
{
    const struct root *r = t->root;

    out->root = r;
    if (people_add(out, f, &r->roles[SIGNED_ROOT], &r->keys, "root", e) != 0)
        return -1;
    return targets_online(r) || targets_as_root(r)
               ? 0
               : people_add(out, f, &r->roles[SIGNED_TARGETS], &r->keys, "targets", e);
}

/* A first root for the same people, who bring new keys, on tokens that are new or are used anew:
 * nothing old is asked for. */
static int start_anew(cJSON *plan, const struct trusted *t, struct err *e)
{
    cJSON *holder;

    if (t->targets_envelope == NULL && !targets_online(t->root)) {
        err_set(e, ERR_INCOMPLETE,
                "the targets in force are not in the folder: new clients would "
                "find no files");
        return err_todo(e, "give the folder of all of the repository's metadata");
    }
    cJSON_AddBoolToObject(plan, "first_root", true);
    cJSON_ArrayForEach(holder, cJSON_GetObjectItem(plan, "keyholders"))
    {
        cJSON_DeleteItemFromObject(holder, "token");
        cJSON_DeleteItemFromObject(holder, "token_is");
        if (cJSON_HasObjectItem(holder, "keys"))
            cJSON_AddStringToObject(holder, "key_is", "lost");
    }
    return 0;
}

/* What the wish adds to what is in force. */
static int wish_for(const struct derive_wish *w, const struct found *f, const struct trusted *t,
                    const struct people *p, cJSON *plan, struct err *e)
{
    if (derive_put_delegated(f, t, p, w, plan, e) != 0)
        return -1;
    if (w->tree != NULL)
        tree_add(w->tree, plan, w->holders, w->nholders);
    if (w->first_root && start_anew(plan, t, e) != 0)
        return -1;
    if (w->edit != NULL)
        w->edit(w->arg, plan);
    return 0;
}

static cJSON *make_plan(const struct trusted *t, const struct found *f, const struct people *p,
                        const struct derive_wish *w)
{
    const struct root *r = t->root;
    cJSON *plan = cJSON_CreateObject(), *trusted, *roles, *sign;
    bool targets = t->targets_envelope != NULL && !targets_online(r);

    cJSON_AddNumberToObject(plan, "tuf-ceremony-plan", 1);
    cJSON_AddStringToObject(plan, "title",
                            w->title != NULL  ? w->title
                            : w->tree != NULL ? "Delegated roles"
                                              : "Root key ceremony");
    cJSON_AddBoolToObject(plan, "rehearsal",
                          w->rehearsal || (f->before != NULL && f->before->rehearsal));
    trusted = cJSON_AddObjectToObject(plan, "trusted");
    cJSON_AddNumberToObject(trusted, "root", (double)r->head.version);
    if (t->targets_envelope != NULL)
        cJSON_AddNumberToObject(trusted, "targets", (double)t->targets.head.version);
    if (f->day[0] != '\0')
        cJSON_AddStringToObject(trusted, "day", f->day);
    people_put(p, plan);
    derive_put_online(plan, r);
    roles = cJSON_AddObjectToObject(plan, "roles");
    put_offline_role(roles, t, SIGNED_ROOT, p, w);
    if (targets_online(r))
        put_online_role(roles, r, SIGNED_TARGETS, cJSON_GetObjectItem(plan, "online_keys"));
    else
        put_offline_role(roles, t, SIGNED_TARGETS, p, w);
    put_online_role(roles, r, SIGNED_SNAPSHOT, cJSON_GetObjectItem(plan, "online_keys"));
    put_online_role(roles, r, SIGNED_TIMESTAMP, cJSON_GetObjectItem(plan, "online_keys"));
    sign = cJSON_AddArrayToObject(plan, "sign");
    cJSON_AddItemToArray(sign, cJSON_CreateString("root"));
    if (targets)
        cJSON_AddItemToArray(sign, cJSON_CreateString("targets"));
    return plan;
}

static int write_plan(const cJSON *plan, struct store *to, struct err *e)
{
    char *text = cJSON_Print(plan);
    struct bytes out = {0};
    int rc;

    if (text == NULL)
        return err_oom(e);
    bytes_put_str(&out, text);
    bytes_put_u8(&out, '\n');
    cJSON_free(text);
    rc = bytes_failed(&out) ? err_oom(e)
                            : to->ops->write(to->self, "plan.json", bytes_span(&out), e);
    bytes_clear(&out);
    return rc;
}

int plan_derive(struct store *from, const struct derive_wish *wish, struct store *to, struct err *e)
{
    struct found f;
    struct people p = {0};
    struct trusted *t = NULL;
    struct plan *check = NULL;
    cJSON *plan = NULL;
    int rc = -1;

    if (found_read(from, &f, e) != 0)
        return -1;
    if (copy_trusted(&f, to, e) != 0 ||
        trusted_load(to, f.roots[f.nroots - 1].version, f.targets.version, &t, e) != 0 ||
        name_people(&f, t, &p, e) != 0 || derive_copy_delegated(&f, &t, &p, to, e) != 0)
        goto out;
    plan = make_plan(t, &f, &p, wish);
    if (wish_for(wish, &f, t, &p, plan, e) != 0 || write_plan(plan, to, e) != 0 ||
        derive_copy_online(&f, &t, to, e) != 0)
        goto out;
    rc = plan_load(to, &check, e); /* what we write must be what we read */
out:
    cJSON_Delete(plan);
    plan_free(check);
    trusted_free(t);
    people_clear(&p);
    found_clear(&f);
    return rc;
}
