/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/repository/key_records.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "metadata/base/array.h"
#include "metadata/base/plain.h"
#include "metadata/file_name.h"

static void key_record_clear(struct key_record *record)
{
    free(record->keyid);
    free(record->holder);
    free(record->bag);
    free(record->token);
    free(record->manufacturer);
    free(record->model);
    free(record->serial);
    free(record->firmware);
}

void key_records_clear(struct key_records *c)
{
    for (size_t i = 0; i < c->n; i++)
        key_record_clear(&c->items[i]);
    free(c->items);
    *c = (struct key_records){0};
}

bool key_record_is_named(const char *path)
{
    const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;

    return strspn(base, "0123456789abcdef") == 64 && strcmp(base + 64, ".json") == 0;
}

static char *text_of(struct json object, const char *member)
{
    struct json v;

    return json_get(object, member, &v) && json_kind(v) == JSON_STRING ? json_strdup(v) : NULL;
}

/* The URI of the token, by what was recorded of it (RFC 7512). */
static char *token_uri(struct json record)
{
    struct json token;
    struct bytes uri = {0};
    char *serial;

    if (!json_get(record, "token", &token))
        return text_of(record, "token_uri");
    if ((serial = text_of(token, "serial")) == NULL)
        return NULL;
    bytes_put_str(&uri, "pkcs11:serial=");
    file_name_encode(serial, &uri);
    free(serial);
    return bytes_take_str(&uri);
}

static int read_doc(struct store *s, const char *name, struct json_doc **out, struct err *e)
{
    struct bytes text = {0};
    int found;

    *out = NULL;
    found = s->ops->read(s->self, name, STORE_MAX_SMALL, &text, e);
    if (found > 0)
        found = json_doc_take(&text, name, JSON_TEXT, out, e);
    bytes_clear(&text);
    return found < 0 ? -1 : 0;
}

int key_records_add(struct key_records *c, struct store *s, const char *name, struct err *e)
{
    struct key_record record = {0};
    struct json_doc *doc;
    struct json token;
    int rc;

    if (read_doc(s, name, &doc, e) != 0)
        return e->code == ERR_INPUT ? 0 : -1;
    if (doc == NULL)
        return 0;
    record.keyid = text_of(json_root(doc), "keyid");
    record.holder = text_of(json_root(doc), "holder");
    record.bag = text_of(json_root(doc), "bag");
    record.token = token_uri(json_root(doc));
    if (json_get(json_root(doc), "token", &token)) {
        record.manufacturer = text_of(token, "manufacturer");
        record.model = text_of(token, "model");
        record.serial = text_of(token, "serial");
        record.firmware = text_of(token, "firmware");
    }
    json_doc_free(doc);
    if ((rc = array_grow(&c->items, c->n, sizeof *c->items, e)) == 0 && record.keyid != NULL &&
        record.holder != NULL)
        c->items[c->n++] = record;
    else
        key_record_clear(&record);
    return rc;
}

struct reading {
    struct key_records *records;
    struct store *store;
};

static int look_at(void *arg, const char *name, struct err *e)
{
    const struct reading *r = arg;

    return key_record_is_named(name) ? key_records_add(r->records, r->store, name, e) : 0;
}

int key_records_beside(struct key_records *c, const char *file, struct err *e)
{
    const char *slash = strrchr(file, '/');
    struct reading r = {.records = c};
    struct bytes dir = {0};
    struct stat st;
    int rc = 0;

    bytes_put(&dir, file, slash != NULL ? (size_t)(slash - file) + 1 : 0);
    bytes_put_str(&dir, "../keys");
    if (bytes_failed(&dir))
        rc = err_oom(e);
    else if (strcmp(file, "-") != 0 && stat(bytes_str(&dir), &st) == 0 && S_ISDIR(st.st_mode) &&
             store_open(bytes_str(&dir), &r.store, e) == 0) {
        rc = r.store->ops->list(r.store->self, "", look_at, &r, e);
        store_free(r.store);
    }
    bytes_clear(&dir);
    return rc;
}

const struct key_record *key_records_find(const struct key_records *c, const char *keyid)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->items[i].keyid, keyid) == 0)
            return &c->items[i];
    return NULL;
}

static const char *holder_of(const void *self, const struct key *key)
{
    const struct key_record *record = key_records_find(self, key_id(key));

    return record != NULL ? record->holder : NULL;
}

struct describe_names describe_key_records(const struct key_records *c)
{
    return (struct describe_names){c, holder_of, NULL};
}
