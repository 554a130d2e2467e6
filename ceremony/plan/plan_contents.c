/* SPDX-License-Identifier: Apache-2.0 */
/* "contents" and "remove" of targets and delegated roles: where their files and delegations come
 * from. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_read.h"
#include "ceremony/plan/plan_template.h"
#include "metadata/private_key.h"

#define TEXT_MAX_BYTES 512

void plan_contents_clear(struct plan_role *r)
{
    for (size_t i = 0; r->contents != NULL && i < r->ninstances; i++)
        json_doc_free(r->contents[i].doc);
    free(r->contents);
    r->contents = NULL;
}

int plan_contents_read(struct json object, struct plan_role *r, struct err *e)
{
    static const char *const known[] = {"file", "moves", NULL};
    struct json contents, removed;

    if (json_get(object, "remove", &removed) &&
        plan_texts(removed, TEXT_MAX_BYTES, true, &r->removed, &r->nremoved, e) != 0)
        return -1;
    if (!json_get(object, "contents", &contents))
        return 0;
    if (json_kind(contents) != JSON_OBJECT || json_count(contents) == 0)
        return json_refuse(contents, e, "'contents' is an object as {\"file\": \"simple.json\"}");
    return json_only(contents, known, e) == 0 &&
                   plan_text_maybe(contents, "file", TEXT_MAX_BYTES, &r->file, e) == 0 &&
                   plan_text_maybe(contents, "moves", TEXT_MAX_BYTES, &r->moves, e) == 0
               ? 0
               : -1;
}

/* A metadata file, whose signatures do not matter here, or `signed` alone. */
static int take_object(const struct json_doc *doc, struct json *out, struct err *e)
{
    struct json root = json_root(doc), ignored;
    struct targets check;

    if (json_kind(root) != JSON_OBJECT || json_get(root, "_type", &ignored))
        *out = root;
    else if (json_need(root, "signed", JSON_OBJECT, out, e) != 0)
        return -1;
    if (targets_read(*out, &check, e) != 0)
        return -1;
    targets_clear(&check);
    return 0;
}

static int load_one(struct store *s, const struct plan_role *r, size_t instance,
                    struct plan_contents *out, struct err *e)
{
    struct bytes name = {0}, text = {0};
    int found, rc = -1;

    bytes_put_str(&name, "inputs/");
    template_fill(r, instance, r->file, &name);
    found = bytes_failed(&name) ? err_oom(e)
                                : s->ops->read(s->self, bytes_str(&name), STORE_MAX_FILE, &text, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "the contents of '%s' are not there: '%s'",
                r->instances[instance], bytes_str(&name));
        err_todo(e, "put the file there that the online side made, or leave \"contents\" out");
    } else if (found > 0 && json_doc_take(&text, bytes_str(&name), JSON_TEXT, &out->doc, e) == 0)
        rc = private_key_refuse(json_root(out->doc), e) == 0
                 ? take_object(out->doc, &out->object, e)
                 : -1;
    if (rc == 0)
        json_doc_settle(out->doc);
    bytes_clear(&name);
    bytes_clear(&text);
    return rc;
}

int plan_contents_load(struct store *s, struct plan *p, struct err *e)
{
    for (size_t i = 0; i < p->nroles; i++) {
        struct plan_role *r = &p->roles[i];

        if (r->file == NULL)
            continue;
        if ((r->contents = calloc(r->ninstances, sizeof *r->contents)) == NULL)
            return err_oom(e);
        for (size_t k = 0; k < r->ninstances; k++)
            if (load_one(s, r, k, &r->contents[k], e) != 0)
                return -1;
    }
    return 0;
}
