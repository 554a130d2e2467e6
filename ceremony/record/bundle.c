/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/bundle.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_inputs.h"
#include "ceremony/record/transcript.h"
#include "ceremony/session/attest.h"
#include "ceremony/session/session_fold.h"
#include "metadata/base/array.h"
#include "metadata/file_name.h"

void bundle_clear(struct bundle *b)
{
    for (size_t i = 0; i < b->n; i++) {
        free(b->files[i].name);
        bytes_clear(&b->files[i].data);
    }
    free(b->files);
    *b = (struct bundle){0};
}

/* A new file, last in the list, to be filled; NULL when out of memory. */
static struct bundle_file *add_file(struct bundle *b, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static struct bundle_file *add_file(struct bundle *b, struct err *e, const char *fmt, ...)
{
    char name[1200];
    va_list ap;

    if (array_grow(&b->files, b->n, sizeof *b->files, e) != 0)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    b->files[b->n] = (struct bundle_file){.name = strdup(name)};
    if (b->files[b->n].name == NULL) {
        err_oom(e);
        return NULL;
    }
    return &b->files[b->n++];
}

int bundle_give(const void *file, store_part *put, void *to, struct err *e)
{
    const struct bundle_file *f = file;
    int found;

    if (f->envelope != NULL)
        return envelope_each(f->envelope, put, to, e);
    if (f->store == NULL)
        return put(to, bytes_span(&f->data), e);
    found = f->store->ops->read_parts(f->store->self, f->name, put, to, e);
    return found > 0 ? 0 : found == 0 ? err_set(e, ERR_IO, "'%s' went away", f->name) : -1;
}

struct measuring {
    struct sha256_run *run;
    size_t n;
};

static int measure_part(void *to, struct span part, struct err *e)
{
    struct measuring *m = to;

    m->n += part.n;
    return sha256_put(m->run, part) == 0 ? 0 : err_oom(e);
}

/* The file is complete: its length and digest. */
static int measure(struct bundle_file *f, struct err *e)
{
    struct measuring m = {.run = sha256_begin()};
    int rc = m.run != NULL ? bundle_give(f, measure_part, &m, e) : err_oom(e);

    if (sha256_end(m.run, f->sha256) != 0 && rc == 0)
        rc = err_oom(e);
    f->n = m.n;
    return rc;
}

/* Takes the text of a cJSON tree (moved in) as a file's bytes. */
static int put_json(struct bytes *out, cJSON *tree, struct err *e)
{
    char *text = tree != NULL ? cJSON_Print(tree) : NULL;

    if (text != NULL) {
        bytes_put_str(out, text);
        bytes_put_u8(out, '\n');
    }
    cJSON_Delete(tree);
    if (text == NULL || bytes_failed(out)) {
        cJSON_free(text);
        return err_oom(e);
    }
    cJSON_free(text);
    return 0;
}

/* The name that clients ask for: root by its version always, all else only where the root in force
 * then has consistent snapshots (TUF 1.0.31, 6.2). */
static struct bundle_file *metadata_file(const struct session *s, const struct proposal *p,
                                         struct bundle *b, struct err *e)
{
    bool versioned = p->type == SIGNED_ROOT || s->next->consistent_snapshot;
    struct bundle_file *out = NULL;
    struct bytes name = {0};

    file_name_put(&name, versioned ? p->version : 0, p->role);
    if (bytes_failed(&name))
        err_oom(e);
    else
        out = add_file(b, e, "metadata/%s", bytes_str(&name));
    bytes_clear(&name);
    return out;
}

static int put_metadata(const struct session *s, struct bundle *b, struct err *e)
{
    for (size_t i = 0; i < s->nproposals; i++) {
        const struct proposal *p = &s->proposals[i];
        struct bundle_file *f = metadata_file(s, p, b, e);

        if (f == NULL)
            return -1;
        f->envelope = p->envelope;
        if (measure(f, e) != 0)
            return -1;
    }
    return 0;
}

/* What the online side's next snapshot must list: the files made here, by the names that snapshot
 * has for them (specification 1.0.31, 4.4). */
static int put_entries(const struct session *s, struct bundle *b, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *entry, *hashes;
    size_t n = b->n; /* the metadata that was put before: one file a proposal, in their order */
    char name[1100], hex[SHA256_HEX_SIZE];
    struct bundle_file *out;

    for (size_t i = 0; i < s->nproposals; i++) {
        const struct bundle_file *file = &b->files[n - s->nproposals + i];

        if (s->proposals[i].type != SIGNED_TARGETS)
            continue;
        hex_of(file->sha256, SHA256_SIZE, hex);
        snprintf(name, sizeof name, "%s.json", s->proposals[i].role);
        entry = cJSON_AddObjectToObject(tree, name);
        cJSON_AddNumberToObject(entry, "version", (double)s->proposals[i].version);
        cJSON_AddNumberToObject(entry, "length", (double)file->n);
        hashes = cJSON_AddObjectToObject(entry, "hashes");
        cJSON_AddStringToObject(hashes, "sha256", hex);
    }
    out = add_file(b, e, "snapshot-entries.json");
    if (out != NULL)
        return put_json(&out->data, tree, e);
    cJSON_Delete(tree);
    return -1;
}

static void add_token(cJSON *record, const struct seat_token *t)
{
    cJSON *token = cJSON_AddObjectToObject(record, "token");

    cJSON_AddStringToObject(token, "manufacturer", t->manufacturer);
    cJSON_AddStringToObject(token, "model", t->model);
    cJSON_AddStringToObject(token, "serial", t->serial);
    cJSON_AddStringToObject(token, "label", t->label);
    cJSON_AddStringToObject(token, "firmware", t->firmware);
}

/* What is known of a kept key's token is copied from key record to key record; the one that signed
 * is known best. */
static void put_known(const struct plan_holder *h, const struct seat_token *signed_with,
                      cJSON *record)
{
    const struct plan_token *t = &h->token_is;
    cJSON *token;

    if (h->token != NULL)
        cJSON_AddStringToObject(record, "token_uri", h->token);
    if (signed_with->serial != NULL) {
        add_token(record, signed_with);
        return;
    }
    if (t->serial == NULL)
        return;
    token = cJSON_AddObjectToObject(record, "token");
    if (t->manufacturer != NULL)
        cJSON_AddStringToObject(token, "manufacturer", t->manufacturer);
    if (t->model != NULL)
        cJSON_AddStringToObject(token, "model", t->model);
    cJSON_AddStringToObject(token, "serial", t->serial);
    if (t->firmware != NULL)
        cJSON_AddStringToObject(token, "firmware", t->firmware);
}

/* The bag that the holder's token is in from now on: next year's plan begins with it. */
static void add_bag(const struct session *s, size_t holder, cJSON *record)
{
    const char *bag = session_bag(s, holder);

    if (bag != NULL)
        cJSON_AddStringToObject(record, "bag", bag);
}

static cJSON *key_record(const struct session *s, size_t seat, const struct attestation *a)
{
    const struct seat_state *st = &s->seats[seat];
    cJSON *record = cJSON_CreateObject();
    struct bytes claims = {0};
    char at[UTC_SIZE];

    cJSON_AddStringToObject(record, "keyid", key_id(st->key));
    cJSON_AddStringToObject(record, "holder", session_holder_name(s, seat));
    cJSON_AddStringToObject(record, "role", s->plan->roles[s->plan->seats[seat].role].name);
    cJSON_AddStringToObject(record, "type", key_type_name(key_type(st->key)));
    add_bag(s, s->plan->seats[seat].holder, record);
    cJSON_AddItemToObject(record, "attestation", attest_json(a));
    if (st->from_file) {
        cJSON_AddBoolToObject(record, "given", true);
        put_known(&s->plan->holders[s->plan->seats[seat].holder], &st->token, record);
        return record;
    }
    utc_format(st->enrolled_at, at);
    cJSON_AddStringToObject(record, "enrolled", at);
    cJSON_AddBoolToObject(record, "generated_here", st->generated_here);
    add_token(record, &st->token);
    json_print(json_span(st->claims), 0, &claims);
    if (bytes_failed(&claims) ||
        cJSON_AddRawToObject(record, "claims", bytes_str(&claims)) == NULL) {
        cJSON_Delete(record);
        record = NULL;
    }
    bytes_clear(&claims);
    return record;
}

/* Keys of the metadata to come, each once. */
static bool has_record(const struct session *s, size_t seat)
{
    for (size_t i = 0; i < seat; i++)
        if (key_same_material(s->seats[i].key, s->seats[seat].key))
            return false;
    return !s->plan->seats[seat].leaving;
}

/* The key, its key record, and what its token's maker vouches for, as it was checked. */
static int put_key(const struct session *s, size_t seat, const struct attestation *a,
                   struct bundle *b, struct err *e)
{
    const struct key *k = s->seats[seat].key;
    struct bundle_file *out = add_file(b, e, "keys/%s.pem", key_id(k));

    if (out == NULL || key_put_pem(k, &out->data, e) != 0 ||
        (out = add_file(b, e, "keys/%s.json", key_id(k))) == NULL ||
        put_json(&out->data, key_record(s, seat, a), e) != 0)
        return -1;
    if (a->form == NULL)
        return 0;
    out = add_file(b, e, "keys/%s.attestation.%s", key_id(k), a->pem ? "pem" : "cvc");
    if (out == NULL)
        return -1;
    bytes_put_span(&out->data, bytes_span(&a->chain));
    return 0;
}

static int put_keys(const struct session *s, struct bundle *b, struct err *e)
{
    for (size_t i = 0; i < s->plan->nseats; i++) {
        struct attestation a;
        int rc;

        if (!has_record(s, i))
            continue;
        if (attest_seat(s, i, &a, e) != 0)
            return -1;
        rc = put_key(s, i, &a, b, e);
        attestation_clear(&a);
        if (rc != 0)
            return -1;
    }
    return 0;
}

struct copying {
    struct store *from;
    struct bundle *to;
};

static int copy_file(void *arg, const char *name, struct err *e)
{
    const struct copying *c = arg;
    struct bundle_file *f = add_file(c->to, e, "%s", name);

    if (f == NULL)
        return -1;
    f->store = c->from;
    return 0;
}

static int put_record(const struct ceremony *c, struct bundle *b, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct copying copying = {ceremony_store(c), b};
    struct bundle_file *out;

    if (copy_file(&copying, "plan.json", e) != 0 ||
        copying.from->ops->list(copying.from->self, "inputs", copy_file, &copying, e) != 0 ||
        (out = add_file(b, e, "journal.jsonl")) == NULL)
        return -1;
    bytes_put_span(&out->data, journal_text(ceremony_journal(c), s->covered));
    if (bytes_failed(&out->data) || (out = add_file(b, e, "transcript.txt")) == NULL)
        return err_oom(e);
    return transcript_write(c, s->covered, &out->data, e);
}

/* The inputs that were measured are those that the plan was accepted with. */
static int check_inputs(const struct ceremony *c, const struct bundle *b, struct err *e)
{
    uint8_t digest[SHA256_SIZE];
    struct bytes lines = {0};
    int rc;

    for (size_t i = 0; i < b->n; i++)
        if (b->files[i].store != NULL)
            plan_digest_line(b->files[i].sha256, b->files[i].name, &lines);
    rc = bytes_failed(&lines) ? -1 : sha256(bytes_span(&lines), digest);
    bytes_clear(&lines);
    if (rc != 0)
        return err_oom(e);
    return memcmp(digest, ceremony_plan(c)->sha256, sizeof digest) == 0 ? 0 : fold_plan_differs(e);
}

static int put_manifest(const struct ceremony *c, struct bundle *b, struct err *e)
{
    const struct session *s = ceremony_session(c);
    cJSON *tree = cJSON_CreateObject(), *files, *journal;
    char hex[SHA256_HEX_SIZE];
    struct bundle_file *out;

    array_sort(b->files, b->n, sizeof *b->files);
    files = cJSON_AddObjectToObject(tree, "files");
    for (size_t i = 0; i < b->n; i++) {
        if (b->files[i].envelope == NULL && measure(&b->files[i], e) != 0) {
            cJSON_Delete(tree);
            return -1;
        }
        hex_of(b->files[i].sha256, SHA256_SIZE, hex);
        cJSON_AddStringToObject(files, b->files[i].name, hex);
    }
    if (check_inputs(c, b, e) != 0) {
        cJSON_Delete(tree);
        return -1;
    }
    journal = cJSON_AddObjectToObject(tree, "journal");
    cJSON_AddNumberToObject(journal, "lines", (double)s->covered);
    cJSON_AddStringToObject(journal, "last",
                            journal_event(ceremony_journal(c), s->covered - 1)->hash);
    if ((out = add_file(b, e, "manifest.json")) == NULL) {
        cJSON_Delete(tree);
        return -1;
    }
    if (put_json(&out->data, tree, e) != 0 || measure(out, e) != 0)
        return -1;
    memcpy(b->manifest_digest, out->sha256, SHA256_SIZE);
    hex_of(b->manifest_digest, SHA256_SIZE, b->manifest_sha256);
    array_sort(b->files, b->n, sizeof *b->files);
    return 0;
}

int bundle_make(const struct ceremony *c, struct bundle *out, struct err *e)
{
    const struct session *s = ceremony_session(c);

    *out = (struct bundle){0};
    if (!station_open(s, STATION_BUNDLE)) {
        err_set(e, ERR_INCOMPLETE, "there is no bundle yet: '%s' is not done",
                station_title(session_station(s)));
        return err_todo(e, "do that first; a bundle holds only what a client accepts");
    }
    if (client_view_check(c, e) != 0)
        return -1;
    if (put_metadata(s, out, e) == 0 && put_entries(s, out, e) == 0 && put_keys(s, out, e) == 0 &&
        put_record(c, out, e) == 0 && put_manifest(c, out, e) == 0)
        return 0;
    bundle_clear(out);
    return -1;
}
