/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/publication/publication.h"
#include "ceremony/record/bundle.h"
#include "metadata/client/client.h"

/* The client is played once over the same signatures; what it is about is known each time. */
static int client_view(struct context *d, struct publication *files, struct err *e)
{
    struct client_report report;
    int rc;

    if (ceremony_session(d->c)->client_accepted)
        return publication_check(ceremony_session(d->c), files, e);
    if (!station_matters(ceremony_session(d->c), STATION_ONE_TIME))
        act_defer(d->c); /* the bundle may be refused; 'destroy' waits for what the client says */
    rc = act_client_view(d->c, &report, files, e);
    client_report_clear(&report);
    return rc;
}

static void print_files(const struct publication *files)
{
    struct bytes text = {0};

    publication_words(files, &text);
    out_text(&text);
    bytes_clear(&text);
}

static int print(const struct invocation *in, const struct bundle *b,
                 const struct publication *files, const char *where, struct err *e)
{
    cJSON *tree;

    if (!in_has(in, "json")) {
        out_line("written, read back and compared: %s/bundle and %s/bundle.tar", where, where);
        out_line("digest of manifest.json:");
        out_digest(b->manifest_digest, 4);
        print_files(files);
        return 0;
    }
    tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "folder", where);
    cJSON_AddStringToObject(tree, "manifest", b->manifest_sha256);
    publication_json(files, tree);
    return out_json(tree, e);
}

static int run(struct context *d, struct err *e)
{
    const char *to = in_value(d->in, "to");
    struct store *dest = NULL;
    struct publication files = {0};
    struct bundle b = {0};
    int rc = to != NULL ? store_open(to, &dest, e) : 0;

    if (rc == 0)
        rc = client_view(d, &files, e);
    if (rc == 0)
        rc = bundle_write(d->c, dest != NULL ? dest : ceremony_store(d->c), &b, e);
    if (rc == 0)
        rc = print(d->in, &b, &files, to != NULL ? to : d->in->args[0], e);
    bundle_clear(&b);
    publication_clear(&files);
    store_free(dest);
    return rc;
}

const struct command cmd_bundle = {
    .name = "bundle",
    .args = "DIR",
    .summary = "play the client, then write the bundle, read it back and compare",
    .details =
        "As often as wanted: the bundle is a function of plan, inputs and journal, and the same\n"
        "byte for byte.",
    .options = {{"to", "FOLDER", "where it is written; default: DIR"}},
    .act = run,
    .mode = CEREMONY_WORK,
};
