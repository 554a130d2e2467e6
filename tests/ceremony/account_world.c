/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account_world.h"
#include "ceremony/record/bundle_check.h"

int account_world_make(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    if (w == NULL)
        return -1;
    room_begin(&w->room, NULL);
    signer_init(&w->key, KEY_ED25519);
    signer_init(&w->other, KEY_ED25519);
    w->trusted = 1;
    *state = w;
    return 0;
}

int account_world_clear(void **state)
{
    struct world *w = *state;

    account_clear(&w->account);
    client_report_clear(&w->report);
    if (w->repo.self != NULL)
        repository_close(&w->repo);
    signer_clear(&w->key);
    signer_clear(&w->other);
    room_clear(&w->room);
    free(w);
    return 0;
}

void put_by(const struct world *w, const struct signer *by, const char *name, struct bytes *text)
{
    struct bytes file;

    file = (struct bytes){0};
    forge_signed_by(bytes_str(text), &by, 1, &file);
    room_write(&w->room, name, bytes_span(&file));
    bytes_clear(&file);
    bytes_clear(text);
}

void begin(struct bytes *text, const char *type, int64_t version)
{
    *text = (struct bytes){0};
    bytes_printf(text,
                 "{\"_type\":\"%s\",\"expires\":\"2030-01-01T00:00:00Z\",\"spec_version\":"
                 "\"1.0.31\",\"version\":%" PRId64 ",",
                 type, version);
}

void put_root_by(const struct world *w, const char *name, int64_t version, const struct signer *by)
{
    static const char *const roles[] = {"root", "snapshot", "targets", "timestamp"};
    struct bytes text, keys, ids;

    keys = (struct bytes){0};
    ids = (struct bytes){0};
    forge_keys(&by, 1, &keys);
    forge_keyids(&by, 1, &ids);
    begin(&text, "root", version);
    bytes_printf(&text, "\"consistent_snapshot\":%s,\"keys\":{%s},\"roles\":{",
                 w->plain ? "false" : "true", bytes_str(&keys));
    for (size_t i = 0; i < 4; i++)
        bytes_printf(&text, "%s\"%s\":{\"keyids\":[%s],\"threshold\":1}", i > 0 ? "," : "",
                     roles[i], bytes_str(&ids));
    bytes_put_str(&text, "}}");
    put_by(w, by, name, &text);
    bytes_clear(&keys);
    bytes_clear(&ids);
}

void put_root(const struct world *w, int64_t version)
{
    char name[64];

    snprintf(name, sizeof name, "%" PRId64 ".root.json", version);
    put_root_by(w, name, version, &w->key);
}

void put_listing(const struct world *w, const char *name, const char *type, int64_t version,
                 const char *meta)
{
    struct bytes text;

    begin(&text, type, version);
    bytes_printf(&text, "\"meta\":{%s}}", meta);
    put_by(w, &w->key, name, &text);
}

void put_targets(const struct world *w, const char *name, int64_t version, const char *role)
{
    const struct signer *by = &w->key;
    struct bytes text, keys, ids;

    keys = (struct bytes){0};
    ids = (struct bytes){0};
    forge_keys(&by, 1, &keys);
    forge_keyids(&by, 1, &ids);
    begin(&text, "targets", version);
    bytes_put_str(&text, "\"targets\":{}");
    if (role != NULL)
        bytes_printf(&text,
                     ",\"delegations\":{\"keys\":{%s},\"roles\":[{\"name\":\"%s\",\"keyids\":[%s],"
                     "\"threshold\":1,\"terminating\":false,\"paths\":[\"*\"]}]}",
                     bytes_str(&keys), role, bytes_str(&ids));
    bytes_put_str(&text, "}");
    put_by(w, by, name, &text);
    bytes_clear(&keys);
    bytes_clear(&ids);
}

void put_repository(const struct world *w)
{
    put_root(w, 1);
    put_targets(w, "5.targets.json", 5, "a/b");
    put_targets(w, "2.a/b.json", 2, NULL);
    put_listing(w, "3.snapshot.json", "snapshot", 3,
                "\"targets.json\":{\"version\":5},\"a/b.json\":{\"version\":2}");
    put_listing(w, "timestamp.json", "timestamp", 9, "\"snapshot.json\":{\"version\":3}");
}

void look(struct world *w)
{
    struct bytes root;
    char name[64];
    struct err e;

    root = (struct bytes){0};
    snprintf(name, sizeof name, "%" PRId64 ".root.json", w->trusted);
    for (unsigned i = 0; !room_read_if(&w->room, name, &root); i++) {
        assert_true(i < 2);
        snprintf(name, sizeof name, "%s/%" PRId64 ".root.json",
                 i == 0 ? "root_history" : "inputs/trusted", w->trusted);
    }
    assert_int_equal(repository_open(w->room.dir, &w->repo, &e), 0);
    assert_int_equal(bundle_client_run(&w->repo, bytes_span(&root), NOW, &w->report, &e), 0);
    if (account_make(&w->repo, &w->report, bytes_span(&root), &w->account, &e) != 0)
        fail_msg("%s", e.what);
    bytes_clear(&root);
}

void expect(const struct world *w, const char *file, enum account_kind kind, const char *why)
{
    for (size_t i = 0; i < w->account.n; i++) {
        const struct account_row *row = &w->account.rows[i];

        if (strcmp(row->file, file) != 0)
            continue;
        if (row->kind != kind || (row->why == NULL) != (why == NULL) ||
            (why != NULL && strstr(row->why, why) == NULL))
            fail_msg("%s: kind %d, %s", file, (int)row->kind, row->why != NULL ? row->why : "-");
        return;
    }
    fail_msg("%s is not accounted for", file);
}

enum err_code status(const struct world *w)
{
    struct err e;

    return account_judge(&w->account, &w->report, repository_is_bundle(&w->repo), &e) == 0
               ? ERR_NONE
               : e.code;
}
