/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "ceremony/cli/command.h"
#include "ceremony/cli/out.h"

/* The online key's bytes; it must be a public key before anything is made. */
static int read_key(const char *path, struct bytes *out, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct bytes dir;
    struct store *s = NULL;
    struct key *k = NULL;
    int found, rc = -1;

    bytes_init(&dir);
    bytes_put(&dir, path, slash != NULL ? (size_t)(slash - path) + (slash == path) : 0);
    if (store_open(slash != NULL ? bytes_str(&dir) : ".", &s, e) == 0) {
        found = s->ops->read(s->self, slash != NULL ? slash + 1 : path, 16384, out, e);
        if (found == 0) {
            err_set(e, ERR_USAGE, "the online key '%s' is not there", path);
            err_todo(e, "ask the repository's operator for the public key, as a PEM file");
        } else if (found > 0)
            rc = key_from_pem(bytes_span(out), &k, e);
    }
    key_free(k);
    store_free(s);
    bytes_clear(&dir);
    return rc == 0 ? 0 : err_in(e, "--online-key %s", path);
}

static int write_folder(const char *dir, const struct bytes *plan, const struct bytes *key,
                        struct err *e)
{
    struct store *s;
    int rc;

    if (store_create(dir, &s, e) != 0)
        return -1;
    rc = s->ops->write(s->self, "inputs/online.pem", bytes_span(key), e);
    if (rc == 0)
        rc = s->ops->write(s->self, "plan.json", bytes_span(plan), e);
    store_free(s);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    const char *holders[COMMAND_VALUES], *key = in_value(in, "online-key");
    struct plan_wish wish = {.preset = in_value(in, "preset"),
                             .title = in_value(in, "title"),
                             .holders = holders,
                             .key_type = in_value(in, "key-type"),
                             .expires = in_value(in, "expires"),
                             .online = "online.pem"};
    struct bytes plan, pem;
    int rc = -1;

    wish.nholders = in_values(in, "keyholder", holders, COMMAND_VALUES);
    if (wish.preset == NULL || key == NULL) {
        err_set(e, ERR_USAGE, "'new' needs --preset and --online-key");
        return err_todo(e, "see 'tuf-ceremony new --help'");
    }
    bytes_init(&plan);
    bytes_init(&pem);
    if (plan_from_preset(&wish, &plan, e) == 0 && read_key(key, &pem, e) == 0)
        rc = write_folder(in->args[0], &plan, &pem, e);
    bytes_clear(&plan);
    bytes_clear(&pem);
    if (rc != 0)
        return -1;
    if (in_has(in, "json")) {
        cJSON *tree = cJSON_CreateObject();

        cJSON_AddStringToObject(tree, "folder", in->args[0]);
        return out_json(tree, e);
    }
    out_line("made %s/plan.json", in->args[0]);
    out_line("next: tuf-ceremony check %s", in->args[0]);
    return 0;
}

const struct command cmd_new = {
    .name = "new",
    .args = "DIR",
    .summary = "make a ceremony's folder with a plan from a preset",
    .details =
        "Presets: root-3of5 (any 3 of 5 keyholders sign), root-2of4. The plan is a text file\n"
        "that can be edited until the ceremony begins.",
    .min = 1,
    .max = 1,
    .options = {{"preset", "NAME", "root-3of5 or root-2of4"},
                {"keyholder", "NAME", "a keyholder, once for each person"},
                {"online-key", "FILE", "PEM of the public key for snapshot and timestamp"},
                {"title", "TEXT", "at the top of every screen and page"},
                {"key-type", "TYPE", "ecdsa-p256 (default), ecdsa-p384, ed25519, rsa"},
                {"expires", "WHEN", "\"1 year\" (default), \"18 months\", \"2027-11-23\""}},
    .run = run,
};
