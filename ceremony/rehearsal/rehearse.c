/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rehearsal/rehearse.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/derive/derive.h"
#include "ceremony/rehearsal/rehearse_projects.h"

static const char *const people[] = {"Alice", "Bo",  "Chen", "Dee", "Ee",
                                     "Flo",   "Gus", "Hana", "Ivo"};

static const struct rehearsal rehearsals[] = {
    {.name = "rotate-3of5",
     .first = "root-3of5",
     .summary = "Dee leaves, Flo joins, and the online key is swapped",
     .leaves = "Dee",
     .joins = "Flo",
     .online = true},
    {.name = "rotate-2of4",
     .first = "root-2of4",
     .summary = "the same for a committee of four",
     .leaves = "Dee",
     .joins = "Flo",
     .online = true},
    {.name = "renew-3of5", .first = "root-3of5", .summary = "the yearly renewal: all else stays"},
    {.name = "replace-key-3of5",
     .first = "root-3of5",
     .summary = "Bo gets a new key; the old one signs once more",
     .replaces = "Bo"},
    {.name = "lost-token-3of5",
     .first = "root-3of5",
     .summary = "Chen's token is lost, and gets a new one",
     .lose = {"Chen"}},
    {.name = "emergency-3of5",
     .first = "root-3of5",
     .summary = "two tokens are lost and the online key is stolen: three of three sign",
     .lose = {"Dee", "Ee"},
     .online = true},
    {.name = "start-over-3of5",
     .first = "root-3of5",
     .summary = "three tokens are lost: a new first root, to be shipped by another way",
     .first_root = true},
    {.name = "projects-2013",
     .first = "delegations-2013",
     .summary = "two projects, that the repository signed for, are handed over to developers",
     .projects = true},
};

static const struct rehearsal *rehearsal_find(const char *name)
{
    for (size_t i = 0; i < sizeof rehearsals / sizeof rehearsals[0]; i++)
        if (strcmp(rehearsals[i].name, name) == 0)
            return &rehearsals[i];
    return NULL;
}

#define ONLINE_PRIVATE "REHEARSAL-online-private.pem"

/* The online key of a rehearsal: its private half is written beside the plan, because it is
 * worthless and the rehearsal's own online side needs it. */
static int make_online_key(struct store *s, struct err *e)
{
    return rehearse_key(s, ONLINE_PRIVATE, "inputs/online.pem", e);
}

/* The plan that was made, with projects that the repository signs for. */
static int add_projects(struct store *s, struct bytes *text, struct err *e)
{
    cJSON *plan = cJSON_Parse(bytes_str(text));
    char *more = NULL;
    int rc = plan != NULL ? rehearse_projects_add(s, plan, e) : err_oom(e);

    if (rc == 0 && (more = cJSON_Print(plan)) == NULL)
        rc = err_oom(e);
    if (rc == 0) {
        bytes_truncate(text, 0);
        bytes_put_str(text, more);
        bytes_put_u8(text, '\n');
        rc = bytes_failed(text) ? err_oom(e) : 0;
    }
    cJSON_free(more);
    cJSON_Delete(plan);
    return rc;
}

static int make_plan(struct store *s, const char *preset, bool projects, struct err *e)
{
    const struct plan_preset *p = plan_preset_find(preset);
    struct plan_wish wish = {.preset = preset,
                             .title = "Rehearsal of a root key ceremony",
                             .rehearsal = true,
                             .holders = people,
                             .nholders = p != NULL ? p->holders : 0,
                             .online = "online.pem"};
    struct bytes text = {0};
    int rc;

    rc = plan_from_preset(&wish, &text, e);
    if (rc == 0)
        rc = make_online_key(s, e);
    if (rc == 0 && projects)
        rc = add_projects(s, &text, e);
    if (rc == 0) /* last: a folder with a plan is complete */
        rc = s->ops->write(s->self, "plan.json", bytes_span(&text), e);
    bytes_clear(&text);
    return rc;
}

static bool has_file(const char *dir, const char *name)
{
    struct stat st;
    struct bytes path = {0};
    bool has;

    bytes_printf(&path, "%s/%s", dir, name);
    has = !bytes_failed(&path) && lstat(bytes_str(&path), &st) == 0;
    bytes_clear(&path);
    return has;
}

/* 1: a rehearsal's folder, 0: none yet. */
static int is_rehearsal(const char *dir, struct err *e)
{
    struct store *s = NULL;
    struct plan *p = NULL;
    int rc = -1;

    if (!has_file(dir, "plan.json"))
        rc = 0;
    else if (store_open(dir, &s, e) == 0 && plan_load(s, &p, e) == 0) {
        if (p->rehearsal)
            rc = 1;
        else {
            err_set(e, ERR_USAGE, "'%s' is a real ceremony, not a rehearsal", dir);
            err_todo(e, "give another folder to 'rehearse'; a real ceremony is walked with 'run'");
        }
    }
    plan_free(p);
    store_free(s);
    return rc;
}

/* What a committee meets for after its first ceremony. */
static void edit(const void *arg, cJSON *plan)
{
    const struct rehearsal *r = arg;
    cJSON *holders = cJSON_GetObjectItem(plan, "keyholders"), *item, *online;
    cJSON *root = cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "root");
    cJSON *seats = cJSON_GetObjectItem(root, "keyholders");
    int at = 0;

    cJSON_ArrayForEach(item, holders)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));

        if (r->replaces != NULL && strcmp(name, r->replaces) == 0)
            cJSON_AddStringToObject(item, "key_is", "replaced");
        for (size_t i = 0; i < 3 && r->lose[i] != NULL; i++)
            if (strcmp(name, r->lose[i]) == 0)
                cJSON_AddStringToObject(item, "key_is", "lost");
    }
    cJSON_ArrayForEach(item, seats)
    {
        if (r->leaves != NULL && strcmp(cJSON_GetStringValue(item), r->leaves) == 0)
            break;
        at++;
    }
    if (r->leaves != NULL)
        cJSON_ReplaceItemInArray(seats, at, cJSON_CreateString(r->joins));
    if (r->joins != NULL) {
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", r->joins);
        cJSON_AddItemToArray(holders, item);
    }
    if (r->projects)
        rehearse_projects_hand_over(plan);
    if (r->online) {
        online = cJSON_CreateObject();
        cJSON_AddStringToObject(online, "name", "online");
        cJSON_AddStringToObject(online, "file", "online.pem");
        cJSON_ReplaceItemInArray(cJSON_GetObjectItem(plan, "online_keys"), 0, online);
    }
}

static int prepare(const char *dir, const char *name, bool projects, struct err *e);

static int hold_first(const char *dir, const struct rehearsal *r, struct err *e)
{
    const struct env env = env_system();
    struct store *s = NULL;
    struct ceremony *c = NULL;
    struct tokens *t = NULL;
    int rc = -1;

    if (prepare(dir, r->first, r->projects, e) == 0 && store_open(dir, &s, e) == 0 &&
        ceremony_open(s, &env, CEREMONY_WORK, &c, e) == 0 &&
        rehearse_tokens(dir, ceremony_plan(c), NULL, &t, e) == 0)
        rc = rehearse_unattended(c, t, NULL, NULL, e);
    tokens_free(t);
    ceremony_free(c);
    return rc == 0 ? 0 : err_in(e, "holding the ceremony before, in '%s'", dir);
}

/* The folder `inner` of `dir`; heap. */
static char *below(const char *dir, const char *inner)
{
    struct bytes path = {0};

    bytes_printf(&path, "%s/%s", dir, inner);
    return bytes_take_str(&path);
}

static int make_next(struct store *s, const char *dir, const struct rehearsal *r, struct err *e)
{
    const struct derive_wish wish = {.title = "Rehearsal: the committee meets again",
                                     .rehearsal = true,
                                     .edit = edit,
                                     .arg = r,
                                     .first_root = r->first_root};
    char *first = below(dir, REHEARSE_FIRST), *bundle = below(dir, REHEARSE_FIRST "/bundle");
    struct store *from = NULL;
    int rc = -1;

    if (first == NULL || bundle == NULL)
        err_oom(e);
    else if (hold_first(first, r, e) == 0 && store_open(bundle, &from, e) == 0 &&
             (!r->online || make_online_key(s, e) == 0) &&
             (!r->projects || rehearse_projects_files(s, e) == 0))
        rc = plan_derive(from, &wish, s, e);
    store_free(from);
    free(first);
    free(bundle);
    return rc;
}

static int prepare(const char *dir, const char *name, bool projects, struct err *e)
{
    const struct rehearsal *r = rehearsal_find(name);
    struct store *s = NULL;
    int there = is_rehearsal(dir, e), rc;

    if (there != 0)
        return there > 0 ? 0 : -1;
    if (r == NULL && plan_preset_find(name) == NULL) {
        err_set(e, ERR_USAGE, "there is nothing to rehearse with the name '%s'", name);
        return err_todo(e, "see 'tuf-ceremony rehearse --help'");
    }
    /* a run that was killed while it prepared the folder */
    if (has_file(dir, ONLINE_PRIVATE) || has_file(dir, REHEARSE_FIRST)
            ? store_open(dir, &s, e) != 0
            : store_create(dir, &s, e) != 0)
        return -1;
    rc = r != NULL ? make_next(s, dir, r, e) : make_plan(s, name, projects, e);
    store_free(s);
    return rc;
}

int rehearse_prepare(const char *dir, const char *name, struct err *e)
{
    return prepare(dir, name, false, e);
}

void rehearse_pin(const struct plan *p, size_t holder, char out[8])
{
    uint8_t digest[SHA256_SIZE] = {0};
    unsigned long n;

    (void)sha256(span_str(p->holders[holder].name), digest);
    n = ((unsigned long)digest[0] << 16 | (unsigned long)digest[1] << 8 | digest[2]) % 1000000;
    snprintf(out, 8, "%06lu", n);
}
