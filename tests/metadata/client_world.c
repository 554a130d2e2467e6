/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client_world.h"
#include "metadata/signed.h"

static const char *const beside[] = {"", "", ", \"sha512\": \"00\"", ", \"crc32\": \"00\""};

int client_world_setup(void **state)
{
    static struct world w;

    for (size_t i = 0; i < PEOPLE; i++)
        signer_init(&w.s[i], i == ROOT_2 || i == SIMPLE ? KEY_P256 : KEY_ED25519);
    *state = &w;
    return 0;
}

static void empty(struct world *w)
{
    for (size_t i = 0; i < w->n; i++)
        bytes_clear(&w->files[i].text);
    w->n = 0;
}

int client_world_teardown(void **state)
{
    struct world *w = *state;

    empty(w);
    for (size_t i = 0; i < PEOPLE; i++)
        signer_clear(&w->s[i]);
    return 0;
}

int world_fetch(void *self, const char *role, int64_t *version, struct bytes *out, struct err *e)
{
    const struct world *w = self;

    (void)e;
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->files[i].role, role) == 0 &&
            (*version <= 0 || w->files[i].version == *version)) {
            *version = w->files[i].version;
            bytes_put_span(out, bytes_span(&w->files[i].text));
            return 1;
        }
    return 0;
}

/* Signs `text` (cleared) and puts it on the shelf. */
static struct span publish_as(struct world *w, const char *role, int64_t version,
                              struct bytes *text, const struct forged_signature *sigs, size_t n)
{
    struct file *f = &w->files[w->n++];

    assert_true(w->n <= sizeof w->files / sizeof w->files[0]);
    *f = (struct file){.version = version};
    assert_true(strlen(role) < sizeof f->role);
    memcpy(f->role, role, strlen(role) + 1);
    f->text = (struct bytes){0};
    forge_file(bytes_str(text), sigs, n, &f->text);
    bytes_clear(text);
    return bytes_span(&f->text);
}

static struct span publish(struct world *w, const char *role, int64_t version, struct bytes *text,
                           const struct signer *const *by, size_t n)
{
    struct forged_signature sigs[PEOPLE] = {0};

    for (size_t i = 0; i < n; i++)
        sigs[i].by = by[i];
    return publish_as(w, role, version, text, sigs, n);
}

static struct span publish_by(struct world *w, const char *role, int64_t version,
                              struct bytes *text, int by, enum who otherwise)
{
    const struct signer *one[] = {&w->s[by > 0 ? by - 1 : (int)otherwise]};

    return publish(w, role, version, text, one, 1);
}

static void put_head(struct bytes *out, const char *type, int version, const char *ends)
{
    *out = (struct bytes){0};
    bytes_printf(out,
                 "{\"_type\": \"%s\", \"spec_version\": \"1.0.31\", \"version\": %d, "
                 "\"expires\": \"%s\", ",
                 type, version, ends != NULL ? ends : LATER);
}

static void put_role(struct bytes *out, const char *name, const struct signer *const *keys,
                     size_t n, unsigned threshold)
{
    bytes_printf(out, "\"%s\": {\"keyids\": [", name);
    forge_keyids(keys, n, out);
    bytes_printf(out, "], \"threshold\": %u}", threshold);
}

/* The key of targets with a field more: another keyid, the same key. */
static void put_twin(struct world *w, struct bytes *object, char id[SHA256_HEX_SIZE])
{
    struct json_doc *doc;
    struct key *k;
    struct err e;

    bytes_put_str(object, "{\"a\": 1, ");
    bytes_put(object, key_object(w->s[TARGETS].key).p + 1, key_object(w->s[TARGETS].key).n - 1);
    doc = forge_doc(bytes_str(object));
    assert_int_equal(key_from_json(json_root(doc), &k, &e), 0);
    memcpy(id, key_id(k), SHA256_HEX_SIZE);
    key_free(k);
    json_doc_free(doc);
}

static void publish_root(struct world *w, int name, int inside, enum who third, const char *by,
                         const struct twist *t)
{
    const struct signer *keys[] = {&w->s[ROOT_1], &w->s[ROOT_2], &w->s[third], &w->s[TARGETS],
                                   &w->s[ONLINE]};
    const struct signer *signers[PEOPLE];
    struct bytes text, twin;
    char id[SHA256_HEX_SIZE];
    size_t n = 0;

    put_head(&text, "root", inside, t->root_ends);
    twin = (struct bytes){0};
    put_twin(w, &twin, id);
    bytes_put_str(&text, "\"consistent_snapshot\": true, \"keys\": {");
    forge_keys(keys, 5, &text);
    if (t->targets_twice)
        bytes_printf(&text, ", \"%s\": %s", id, bytes_str(&twin));
    bytes_put_str(&text, "}, \"roles\": {");
    put_role(&text, "root", keys, 3, 2);
    bytes_put_str(&text, ", ");
    put_role(&text, "timestamp", keys + 4, 1, 1);
    bytes_put_str(&text, ", ");
    put_role(&text, "snapshot", keys + 4, 1, 1);
    bytes_put_str(&text, ", ");
    if (t->targets_twice)
        bytes_printf(&text, "\"targets\": {\"keyids\": [\"%s\", \"%s\"], \"threshold\": 2}", id,
                     key_id(w->s[TARGETS].key));
    else
        put_role(&text, "targets", keys + 3, 1, 1);
    bytes_put_str(&text, "}}");
    for (; *by != '\0'; by++)
        signers[n++] = &w->s[ROOT_1 + (*by - '1')];
    publish(w, "root", name, &text, signers, n);
    bytes_clear(&twin);
}

static void put_delegations(struct world *w, const struct twist *t, struct bytes *out)
{
    const struct signer *keys[] = {&w->s[SIMPLE]};

    bytes_put_str(out, "\"delegations\": {\"keys\": {");
    forge_keys(keys, 1, out);
    bytes_put_str(out, "}, ");
    if (t->bins != NULL) {
        bytes_put_str(out, "\"succinct_roles\": {\"keyids\": [");
        forge_keyids(keys, 1, out);
        bytes_printf(out, "], \"threshold\": 1, \"bit_length\": %s, \"name_prefix\": \"bin\"}}",
                     t->bins);
        return;
    }
    bytes_put_str(out, "\"roles\": [{\"name\": \"targets/simple\", \"keyids\": [");
    forge_keyids(keys, 1, out);
    bytes_printf(out, "], \"threshold\": 1, \"terminating\": false, %s}]}",
                 t->simple != NULL ? t->simple : "\"paths\": [\"simple/*\"]");
}

/* `"name.json": {...}` for a listing, appended with a comma in front where one is due. */
static void put_listed(struct bytes *out, const char *role, int version, struct span text,
                       int longer, enum listed_hash other_hash)
{
    char hex[SHA256_HEX_SIZE];

    assert_int_equal(sha256_hex(text, hex), 0);
    if (other_hash == HASH_OTHER)
        hex[0] = hex[0] == '0' ? '1' : '0';
    bytes_printf(out, "%s\"%s.json\": {\"version\": %d, \"length\": %zu, ", out->n > 0 ? ", " : "",
                 role, version, text.n + (size_t)longer);
    bytes_printf(out, "\"hashes\": {\"sha256\": \"%s\"%s}}", hex, beside[other_hash]);
}

static void publish_below(struct world *w, const struct twist *t, struct bytes *listed)
{
    const struct signer *twice = &w->s[TARGETS];
    struct bytes text;
    struct span file;

    for (int bin = 0; t->bins != NULL && bin < 4; bin++) {
        char name[16] = "bin-0";

        name[4] = (char)('0' + bin);
        put_head(&text, "targets", 1, NULL);
        bytes_put_str(&text, "\"targets\": {}}");
        file =
            publish_by(w, name, 1, &text, t->bins_foreign && bin == 2 ? STRANGER + 1 : 0, SIMPLE);
        put_listed(listed, name, 1, file, 0, false);
    }
    if (t->bins == NULL && !t->simple_gone) {
        put_head(&text, "targets", t->simple_inside > 0 ? t->simple_inside : 4, t->simple_ends);
        bytes_put_str(&text, "\"targets\": {}}");
        file = publish_by(w, "targets/simple", 4, &text, t->simple_by, SIMPLE);
        if (!t->simple_unlisted)
            put_listed(listed, "targets/simple", 4, file, t->simple_length, t->simple_hash);
    } else if (t->bins == NULL)
        put_listed(listed, "targets/simple", 4, span_str("x"), 0, false);

    put_head(&text, "targets", t->targets_inside > 0 ? t->targets_inside : 2, t->targets_ends);
    bytes_put_str(&text, "\"targets\": {}, ");
    put_delegations(w, t, &text);
    bytes_put_str(&text, "}");
    if (t->targets_twice) {
        struct bytes twin;
        char id[SHA256_HEX_SIZE];

        twin = (struct bytes){0};
        put_twin(w, &twin, id);
        bytes_clear(&twin);
        file = publish_as(w, "targets", 2, &text,
                          (const struct forged_signature[]){{twice, NULL}, {twice, id}}, 2);
    } else
        file = publish_by(w, "targets", t->targets_gone ? 9 : 2, &text, t->targets_by, TARGETS);
    if (!t->targets_unlisted)
        put_listed(listed, "targets", 2, file, t->targets_length, t->targets_hash);
}

void build(struct world *w, const struct twist *t)
{
    struct bytes listed, stamped, text;
    struct span file;

    empty(w);
    publish_root(w, 1, 1, ROOT_3, "12", &(struct twist){.targets_twice = t->targets_twice});
    if (!t->no_root_2)
        publish_root(w, 2, t->root_version > 0 ? t->root_version : 2, ROOT_4,
                     t->root_by != NULL ? t->root_by : "12", t);
    if (t->root_3)
        publish_root(w, 3, 3, ROOT_4, "124", t);
    listed = (struct bytes){0};
    stamped = (struct bytes){0};
    publish_below(w, t, &listed);
    if (!t->no_snapshot) {
        put_head(&text, "snapshot", t->snapshot_inside > 0 ? t->snapshot_inside : 6,
                 t->snapshot_ends);
        bytes_printf(&text, "\"meta\": {%s}}", bytes_str(&listed));
        file = publish_by(w, "snapshot", 6, &text, t->snapshot_by, ONLINE);
        put_listed(&stamped, "snapshot", 6, file, t->snapshot_length, t->snapshot_hash);
    }
    if (!t->no_timestamp) {
        if (t->no_snapshot)
            put_listed(&stamped, "snapshot", 6, span_str("x"), 0, false);
        put_head(&text, "timestamp", 8, t->timestamp_ends);
        bytes_printf(&text, "\"meta\": {%s}}", bytes_str(&stamped));
        publish_by(w, "timestamp", 0, &text, t->timestamp_by, ONLINE);
    }
    bytes_clear(&listed);
    bytes_clear(&stamped);
}

void run_at(struct world *w, const char *now, struct client_report *report)
{
    struct repository repo = {w, world_fetch};
    struct err e;
    utc_t t;

    assert_int_equal(utc_parse(span_str(now), &t, &e), 0);
    if (client_run(&repo, bytes_span(&w->files[0].text), t, report, &e) != 0)
        fail_msg("%s", e.what);
}

const struct client_row *row_of(const struct client_report *r, const char *role)
{
    const struct client_row *found = NULL;

    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->rows[i].role, role) == 0)
            found = &r->rows[i];
    if (found == NULL)
        fail_msg("no row '%s'", role);
    return found;
}
