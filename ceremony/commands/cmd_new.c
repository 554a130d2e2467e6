/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/base/finding.h"
#include "ceremony/base/memory.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/out.h"
#include "ceremony/derive/derive.h"
#include "ceremony/record/command_line.h"
#include "ceremony/rehearsal/rehearse.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/store/store_tar.h"

/* The online key's bytes; it must be a public key before anything is made. */
static int read_key(const char *path, struct bytes *out, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct bytes dir = {0};
    struct store *s = NULL;
    struct key *k = NULL;
    int found, rc = -1;

    bytes_put(&dir, path, slash != NULL ? (size_t)(slash - path) + (slash == path) : 0);
    if (store_open(slash != NULL ? memory_text(&dir) : ".", &s, e) == 0) {
        found = s->ops->read(s->self, slash != NULL ? slash + 1 : path, 16384, out, e);
        if (found == 0) {
            err_set(e, ERR_USAGE, "the online key '%s' is not there", path);
            err_todo(e, "ask the repository's operator for the public key, as a PEM file");
        } else if (found > 0)
            rc = key_from_bytes(bytes_span(out), &k, e);
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

/* What goes with --from: a tree of delegated roles, and who signs them. */
static int tree_wish(const struct invocation *in, const char **holders, struct derive_wish *wish,
                     struct err *e)
{
    const char *preset = in_value(in, "preset");

    if (in_has(in, "online-key")) {
        err_set(e, ERR_USAGE, "--online-key and --from do not go together");
        return err_todo(e, "leave it out; the plan is made from the metadata, then edited");
    }
    if (preset != NULL && (wish->tree = tree_find(preset)) == NULL) {
        struct bytes known = {0};

        for (size_t i = 0; tree_at(i) != NULL; i++)
            bytes_printf(&known, "%s%s", i > 0 ? ", " : "", tree_at(i)->name);
        err_set(e, ERR_USAGE, "--from and preset '%s' do not go together", preset);
        err_todo(e, "leave it out, or add delegated roles with one of %s", memory_text(&known));
        bytes_clear(&known);
        return -1;
    }
    wish->nholders = in_values(in, "keyholder", holders, COMMAND_VALUES);
    wish->holders = holders;
    if ((wish->nholders == 0 || wish->tree != NULL) && (wish->tree == NULL || !wish->first_root))
        return 0;
    err_set(e, ERR_USAGE, "with --from, --keyholder names who signs the roles of a --preset");
    return err_todo(e, "leave it out, or name a preset of delegated roles; not with --first-root");
}

static int from_metadata(const struct invocation *in, struct err *e)
{
    const char *holders[COMMAND_VALUES];
    struct derive_wish wish = {.title = in_value(in, "title"),
                               .key_type = in_value(in, "key-type"),
                               .expires = in_value(in, "expires"),
                               .first_root = in_has(in, "first-root")};
    struct store *from = NULL, *to = NULL;
    int rc = -1;

    if (tree_wish(in, holders, &wish, e) == 0 &&
        store_open_given(in_value(in, "from"), &from, e) == 0 &&
        store_create(in->args[0], &to, e) == 0)
        rc = plan_derive(from, &wish, to, e);
    store_free(from);
    store_free(to);
    return rc == 0 ? 0 : err_in(e, "--from %s", in_value(in, "from"));
}

static int from_preset(const struct invocation *in, struct err *e)
{
    const char *holders[COMMAND_VALUES], *key = in_value(in, "online-key");
    struct plan_wish wish = {.preset = in_value(in, "preset"),
                             .title = in_value(in, "title"),
                             .holders = holders,
                             .key_type = in_value(in, "key-type"),
                             .expires = in_value(in, "expires"),
                             .online = "online.pem"};
    struct bytes plan = {0}, pem = {0};
    int rc = -1;

    wish.nholders = in_values(in, "keyholder", holders, COMMAND_VALUES);
    if (in_has(in, "first-root")) {
        err_set(e, ERR_USAGE, "--first-root needs --from");
        return err_todo(e, "give the folder of the metadata whose clients can't follow; without "
                           "one, every root is a first root");
    }
    if (wish.preset == NULL || key == NULL) {
        err_set(e, ERR_USAGE, "'new' needs --preset and --online-key, or --from");
        return err_todo(e, "see 'tuf-ceremony new --help'");
    }
    if (plan_from_preset(&wish, &plan, e) == 0 && read_key(key, &pem, e) == 0)
        rc = write_folder(in->args[0], &plan, &pem, e);
    bytes_clear(&plan);
    bytes_clear(&pem);
    return rc;
}

/* What is refused at once need not wait for the room. A plan from metadata is still to be edited.
 */
static int check_plan(const char *dir, struct err *e)
{
    const struct env env = env_system();
    struct store *s = NULL;
    struct plan *p = NULL;
    struct findings f = {0};
    utc_t now;
    int rc = -1;

    if (store_open(dir, &s, e) == 0 && plan_load(s, &p, e) == 0 &&
        env.now(env.self, &now, e) == 0 && plan_rules_check(p, now, &f, e) == 0)
        rc = findings_check(&f, "the new plan", e);
    findings_clear(&f);
    plan_free(p);
    store_free(s);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    return at->level > 0 ? remove(path) : 0;
}

/* Is nothing in the folder, so that what is there afterwards is ours? */
static bool is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;
    bool empty = d != NULL;

    while (empty && (entry = readdir(d)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (d != NULL)
        closedir(d);
    return empty;
}

/* All or nothing: a folder that was empty, or not there, is so again. */
static int make(const struct invocation *in, enum rehearse_tokens_found *tokens, struct err *e)
{
    const char *dir = in->args[0];
    struct stat st;
    bool was_there = lstat(dir, &st) == 0, ours = !was_there || is_empty(dir);
    int rc = in_has(in, "from") ? from_metadata(in, e) : from_preset(in, e);

    if (rc == 0)
        rc = in_has(in, "from") ? rehearse_follow(in_value(in, "from"), dir, tokens, e)
                                : check_plan(dir, e);
    if (rc != 0 && ours)
        (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (rc != 0 && !was_there)
        (void)rmdir(dir);
    return rc;
}

static void print_next(const char *when, const char *command, const char *dir)
{
    struct bytes word = {0};

    command_line_word(&word, dir);
    out_line("%s: tuf-ceremony %s%s", when, command, memory_text(&word));
    bytes_clear(&word);
}

static int run(const struct invocation *in, struct err *e)
{
    enum rehearse_tokens_found tokens = REHEARSE_REAL;

    if (make(in, &tokens, e) != 0)
        return -1;
    if (in_has(in, "json")) {
        cJSON *tree = cJSON_CreateObject();

        cJSON_AddStringToObject(tree, "folder", in->args[0]);
        cJSON_AddBoolToObject(tree, "rehearsal", tokens != REHEARSE_REAL);
        return out_json(tree, e);
    }
    out_line("made %s/plan.json", in->args[0]);
    if (tokens != REHEARSE_REAL)
        out_line("It is a rehearsal, as the ceremony before was: its keys are worthless.");
    if (tokens == REHEARSE_NO_TOKENS)
        out_line("Its tokens were not found beside that metadata: who has a key can't sign.");
    print_next("next", "check", in->args[0]);
    if (tokens == REHEARSE_TOKENS_COPIED)
        print_next("then", "rehearse", in->args[0]);
    return 0;
}

const struct command cmd_new = {
    .name = "new",
    .args = "DIR",
    .summary = "make a ceremony's folder with a plan, from a preset or from metadata in force",
    .details = "Presets, for a first root: root-3of5 (any 3 of 5 keyholders sign), root-2of4.\n"
               "With delegated roles: delegations-2013 (targets/simple and\n"
               "targets/packages/<version>/<letter>), pep458 (bins), pep480 (claimed projects).\n"
               "--from takes the folder of a repository's metadata, or the bundle of the ceremony\n"
               "before (or the .tar of either), and writes what is in force as a plan: edit it\n"
               "into what you want. Files expire as the repository states it, else in a year,\n"
               "unless --expires is given. With a preset of delegated roles it adds these, signed\n"
               "by the keyholders that are named.\n"
               "What builds on a rehearsal is a rehearsal again, with the same tokens.\n"
               "--first-root is for when too few of the old keys are left: the same people, new\n"
               "keys, and a root that must be shipped to clients by another way.\n"
               "The plan is a text file that can be edited until the ceremony begins.",
    .options = {{"from", "PATH", "build on the metadata in this folder or .tar"},
                {"first-root", NULL, "with --from: not the next root, but a new first one"},
                {"preset", "NAME", "see above"},
                {"keyholder", "NAME", "a keyholder, once for each person"},
                {"online-key", "FILE", "PEM of the public key for snapshot and timestamp"},
                {"title", "TEXT", "at the top of every screen and page"},
                {"key-type", "TYPE", KEY_TYPES_SIGNING "; default: the first"},
                {"expires", "WHEN", "\"1 year\" (default), \"18 months\", \"2027-11-23\""}},
    .run = run,
};
