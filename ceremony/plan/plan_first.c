/* SPDX-License-Identifier: Apache-2.0 */
/* "first_root": a first root where there was a repository before, whose clients can't follow. */
#include <inttypes.h>
#include <stdio.h>

#include "ceremony/plan/plan_read.h"

/* The targets that go on under the new root: their files and delegations. */
static int content_read(struct store *s, struct json version, struct plan *p, struct err *e)
{
    struct targets targets;
    struct bytes text = {0};
    char name[TRUSTED_NAME];
    int found;

    if (json_kind(version) != JSON_INTEGER || json_integer(version) < 1)
        return json_refuse(version, e, "'targets' is the version of the targets that go on");
    trusted_name(json_integer(version), "targets", name);
    found = s->ops->read(s->self, name, STORE_MAX_FILE, &text, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "'%s' is not there", name);
        err_todo(e, "put the targets in force there, or make the plan with 'new --from'");
    }
    if (found <= 0 || envelope_take(&text, name, &p->content, e) != 0) {
        bytes_clear(&text);
        return -1;
    }
    if (targets_read(envelope_object(p->content), &targets, e) != 0)
        return -1;
    p->content_version = targets.head.version;
    targets_clear(&targets);
    if (p->content_version == json_integer(version))
        return 0;
    err_set(e, ERR_INPUT, "'%s' carries version %" PRId64, name, p->content_version);
    return err_todo(e, "give the file under its own version");
}

int plan_first_read(struct json object, struct store *s, struct plan *p, struct err *e)
{
    static const char *const known[] = {"version", "targets", NULL};
    struct json first, version, targets;

    p->first_version = 1;
    if (!json_get(object, "first_root", &first))
        return 0;
    if (json_kind(first) != JSON_OBJECT)
        return json_refuse(first, e, "'first_root' is an object as {\"version\": 5}");
    if (p->trusted != NULL)
        return json_refuse(first, e, "a root that builds on one in force is not a first root");
    if (json_only(first, known, e) != 0 ||
        json_need(first, "version", JSON_INTEGER, &version, e) != 0)
        return -1;
    if (json_integer(version) < 1)
        return json_refuse(version, e, "'version' is the version that the first root gets");
    p->first_version = json_integer(version);
    return json_get(first, "targets", &targets) ? content_read(s, targets, p, e) : 0;
}
