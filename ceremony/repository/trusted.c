/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/repository/trusted_files.h"
#include "metadata/base/array.h"
#include "metadata/file_name.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trusted_free(struct trusted *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->nroots; i++) {
        root_clear(&t->roots[i].root);
        envelope_free(t->roots[i].envelope);
    }
    for (size_t i = 0; i < t->nnotes; i++)
        free(t->notes[i].text);
    trusted_files_clear(t);
    trusted_listings_clear(t);
    targets_clear(&t->targets);
    envelope_free(t->targets_envelope);
    free(t->notes);
    free(t->roots);
    free(t);
}

/* The kinds of notes. */
static const struct trusted_note note_id = {
    .todo = "nothing: what clients have is signed under these ids, so keys that stay keep them, "
            "unless the plan has \"correct_keyids\""};
static const struct trusted_note note_secret = {
    .todo = "that key counts as stolen: see that no role in force lists it"};
static const struct trusted_note note_gap = {.todo = "put the missing roots beside the others"};
static const struct trusted_note note_stuck = {
    .todo = "get the file once more from the repository; if it is like that there, clients that "
            "ship an older root need a new one by another way",
    .stuck = true};

int trusted_note_add(struct trusted *t, struct trusted_note kind, char *text, struct err *e)
{
    if (text == NULL || array_grow(&t->notes, t->nnotes, sizeof *t->notes, e) != 0) {
        free(text);
        return err_oom(e);
    }
    kind.text = text;
    t->notes[t->nnotes++] = kind;
    return 0;
}

static int note(struct trusted *t, struct trusted_note kind, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int note(struct trusted *t, struct trusted_note kind, struct err *e, const char *fmt, ...)
{
    va_list ap;
    char *text;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    return trusted_note_add(t, kind, n < 0 ? NULL : text, e);
}

static int read_file(struct store *s, const char *name,
                     int (*take)(struct bytes *, const char *, struct envelope **, struct err *),
                     struct envelope **out, struct err *e)
{
    struct bytes text = {0};
    int found;

    *out = NULL;
    found = s->ops->read(s->self, name, STORE_MAX_FILE, &text, e);
    if (found > 0 && take(&text, name, out, e) != 0)
        found = -1;
    bytes_clear(&text);
    return found;
}

int trusted_envelope_read(struct store *s, const char *name, struct envelope **out, struct err *e)
{
    if (read_file(s, name, envelope_take, out, e) >= 0)
        return *out != NULL;
    return e->code != ERR_SECRET
               ? -1
               : err_todo(e, "the key counts as stolen, so nothing may be built on this file; make "
                             "a first root with new keys ('new --help'), or publish a root without "
                             "that key by the tool that made this one");
}

void trusted_name(int64_t version, const char *role, char out[TRUSTED_NAME])
{
    snprintf(out, TRUSTED_NAME, TRUSTED_FOLDER "/%" PRId64 ".%s.json", version, role);
}

/* One that is in force has no private key in it; the others are only looked at. */
static int read_root(struct store *s, int64_t version, bool in_force, struct trusted_root *out,
                     struct err *e)
{
    char name[TRUSTED_NAME];
    int found;

    out->version = version;
    trusted_name(version, "root", name);
    found = in_force ? trusted_envelope_read(s, name, &out->envelope, e)
                     : read_file(s, name, envelope_take_any, &out->envelope, e);
    if (found <= 0)
        return found;
    if (root_read(envelope_object(out->envelope), &out->root, e) != 0) {
        envelope_free(out->envelope);
        out->envelope = NULL;
        return -1;
    }
    if (out->root.head.version == version)
        return 1;
    err_set(e, ERR_INPUT, "'%s' carries version %" PRId64, name, out->root.head.version);
    err_todo(e, "give each root under its own version");
    root_clear(&out->root);
    envelope_free(out->envelope);
    out->envelope = NULL;
    return -1;
}

/* Whether `env` carries what `role` of `root` asks for; `*valid` is how many signatures count. */
static int is_signed(const struct envelope *env, const struct root *root, enum signed_type role,
                     bool *reached, unsigned *valid, struct err *e)
{
    struct tally tally;

    if (envelope_tally(env, &root->roles[role], &root->keys, &tally, e) != 0)
        return -1;
    *reached = tally_reached(&tally);
    *valid = tally.valid;
    tally_clear(&tally);
    return 0;
}

static int need_signed(const struct envelope *env, const struct root *root, enum signed_type role,
                       struct err *e)
{
    struct tally tally;

    if (envelope_tally(env, &root->roles[role], &root->keys, &tally, e) != 0)
        return -1;
    if (tally_reached(&tally)) {
        tally_clear(&tally);
        return 0;
    }
    tally_refuse(&tally, signed_type_name(role), e);
    err_in(e, "%s", envelope_name(env));
    tally_clear(&tally);
    return e->code == ERR_UNSUPPORTED
               ? -1
               : err_todo(
                     e,
                     "give the files that clients accept today; 'verify' lists what they accept");
}

static int note_ids(struct trusted *t, struct err *e)
{
    const struct keyring *keys = &t->root->keys;
    size_t n = 0;

    for (size_t i = 0; i < keys->n; i++)
        n += keys->entries[i].id_mismatch;
    return n == 0 ? 0
                  : note(t, note_id, e,
                         "root v%" PRId64 " lists %zu of its %zu keys by ids that are not the "
                         "SHA-256 of the key object, as the specification has it (4.2)",
                         t->root->head.version, n, keys->n);
}

/* Marks the roots from which a client reaches the one in force. */
static int follow(struct trusted *t, struct err *e)
{
    t->roots[t->nroots - 1].follows = true;
    for (size_t i = t->nroots - 1; i-- > 0;) {
        struct trusted_root *old = &t->roots[i];
        const struct trusted_root *next = &t->roots[i + 1];
        unsigned valid = 0, own;
        bool sound;

        if (old->envelope == NULL || !next->follows)
            continue;
        if (is_signed(next->envelope, &old->root, SIGNED_ROOT, &old->follows, &valid, e) != 0 ||
            is_signed(next->envelope, &next->root, SIGNED_ROOT, &sound, &own, e) != 0)
            return -1;
        old->follows = old->follows && sound;
        if (!old->follows && note(t, note_stuck, e,
                                  "root v%" PRId64 " carries %u of the %u signatures that v%" PRId64
                                  " asks for: clients that ship v%" PRId64 " are stuck there",
                                  next->version, valid, old->root.roles[SIGNED_ROOT].threshold,
                                  old->version, old->version) != 0)
            return -1;
    }
    return 0;
}

/* The oldest version of a role between two others, by the files' names; 0: none. */
struct between {
    const char *role;
    int64_t after, before, oldest;
};

static int look_between(void *arg, const char *name, struct err *e)
{
    struct between *b = arg;
    const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
    struct span role;
    int64_t version = file_name_split(base, &role);

    (void)e;
    if (version > b->after && version < b->before && span_eq(role, span_str(b->role)) &&
        (b->oldest == 0 || version < b->oldest))
        b->oldest = version;
    return 0;
}

/* Root v`missing` is not there: are there older ones? */
static int find_gap(struct store *s, int64_t missing, struct trusted *t, struct err *e)
{
    struct between gap = {"root", 0, missing, 0};

    if (s->ops->list(s->self, TRUSTED_FOLDER, look_between, &gap, e) != 0)
        return -1;
    return gap.oldest == 0
               ? 0
               : note(t, note_gap, e,
                      "root v%" PRId64 " is not there, but v%" PRId64 " is: whether clients that "
                      "ship a root before v%" PRId64 " can follow can't be seen",
                      missing, gap.oldest, missing + 1);
}

/* The roots before `version`, newest first, until one is not there. */
static int read_history(struct store *s, int64_t version, struct trusted *t, struct err *e)
{
    struct trusted_root swap;
    struct err why;
    int found;

    for (int64_t v = version - 1; v >= 1; v--) {
        if (array_grow(&t->roots, t->nroots, sizeof *t->roots, e) != 0)
            return -1;
        t->roots[t->nroots] = (struct trusted_root){0};
        found = read_root(s, v, false, &t->roots[t->nroots], &why);
        if (found == 0 && find_gap(s, v, t, e) != 0)
            return -1;
        if (found == 0)
            break;
        if (found < 0 && why.code != ERR_INPUT) {
            *e = why;
            return -1;
        }
        if (found < 0 &&
            note(t, note_stuck, e, "root v%" PRId64 " can't be read as clients read it: %s", v,
                 why.what) != 0)
            return -1;
        if (found > 0 && envelope_secret(t->roots[t->nroots].envelope, &why) != 0 &&
            note(t, note_secret, e, "root v%" PRId64 " has a private key in it: %s", v,
                 why.where) != 0)
            return -1;
        t->nroots++;
    }
    for (size_t i = 0; i < t->nroots / 2; i++) {
        swap = t->roots[i];
        t->roots[i] = t->roots[t->nroots - 1 - i];
        t->roots[t->nroots - 1 - i] = swap;
    }
    t->root = &t->roots[t->nroots - 1].root;
    return 0;
}

/* Whoever published a newer version forked the history that is built on here. */
static int refuse_newer(struct store *s, const char *role, int64_t version, struct err *e)
{
    struct between newer = {role, version, INT64_MAX, 0};

    if (s->ops->list(s->self, TRUSTED_FOLDER, look_between, &newer, e) != 0)
        return -1;
    if (newer.oldest == 0)
        return 0;
    err_set(e, ERR_VERSION,
            "%s v%" PRId64 " lies in " TRUSTED_FOLDER " beside v%" PRId64
            ", which the plan takes to be in force",
            role, newer.oldest, version);
    return err_todo(e, "find out where it comes from; when clients have it, make the plan from it "
                       "with 'new --from', else take the file away");
}

static int missing(struct err *e, const char *what, int64_t version)
{
    err_set(e, ERR_INCOMPLETE, "%s v%" PRId64 " is not in " TRUSTED_FOLDER, what, version);
    return err_todo(e, "put '%" PRId64 ".%s.json' there, or make the plan with 'new --from'",
                    version, what);
}

static int read_roots(struct store *s, int64_t version, struct trusted *t, struct err *e)
{
    int found;

    if ((t->roots = calloc(1, sizeof *t->roots)) == NULL)
        return err_oom(e);
    found = read_root(s, version, true, &t->roots[0], e);
    if (found <= 0)
        return found == 0 ? missing(e, "root", version) : -1;
    t->nroots = 1;
    if (refuse_newer(s, "root", version, e) != 0 || read_history(s, version, t, e) != 0)
        return -1;
    if (need_signed(t->roots[t->nroots - 1].envelope, t->root, SIGNED_ROOT, e) != 0)
        return -1;
    return follow(t, e) == 0 ? note_ids(t, e) : -1;
}

static int read_targets(struct store *s, int64_t version, struct trusted *t, struct err *e)
{
    char name[TRUSTED_NAME];
    int found;

    if (refuse_newer(s, "targets", version, e) != 0)
        return -1;
    trusted_name(version, "targets", name);
    found = trusted_envelope_read(s, name, &t->targets_envelope, e);
    if (found <= 0)
        return found == 0 ? missing(e, "targets", version) : -1;
    if (targets_read(envelope_object(t->targets_envelope), &t->targets, e) != 0)
        return -1;
    if (t->targets.head.version != version) {
        err_set(e, ERR_INPUT, "'%s' carries version %" PRId64, name, t->targets.head.version);
        return err_todo(e, "give the file under its own version");
    }
    envelope_settle(t->targets_envelope);
    return need_signed(t->targets_envelope, t->root, SIGNED_TARGETS, e);
}

int trusted_load(struct store *s, int64_t root, int64_t targets, struct trusted **out,
                 struct err *e)
{
    struct trusted *t = calloc(1, sizeof *t);

    *out = NULL;
    if (t == NULL)
        return err_oom(e);
    if (read_roots(s, root, t, e) != 0 || trusted_listings_read(s, t, e) != 0 ||
        (targets > 0 &&
         (read_targets(s, targets, t, e) != 0 || trusted_files_read(s, t, e) != 0))) {
        trusted_free(t);
        return -1;
    }
    *out = t;
    return 0;
}

const struct envelope *trusted_envelope(const struct trusted *t, enum signed_type type)
{
    if (t == NULL)
        return NULL;
    if (type == SIGNED_ROOT)
        return t->roots[t->nroots - 1].envelope;
    return type == SIGNED_TARGETS ? t->targets_envelope : NULL;
}

const struct key *trusted_key(const struct trusted *t, const char *keyid)
{
    const struct keyring_entry *entry = keyring_find(&t->root->keys, keyid);

    return entry != NULL ? entry->key : NULL;
}

static bool signed_by(const struct envelope *env, const struct keyring *keys, const struct key *key)
{
    struct err ignored;

    for (size_t i = 0; i < envelope_signature_count(env); i++) {
        const struct signature *sig = envelope_signature(env, i);
        const struct keyring_entry *entry = keyring_find(keys, sig->keyid);

        if (entry != NULL && key_same_material(entry->key, key) &&
            key_verify(key, envelope_signed(env), bytes_span(&sig->sig), &ignored) == 0)
            return true;
    }
    return false;
}

/* A root is signed by keys of the one before and by its own, under the ids that these list. */
static bool root_signed_by(const struct trusted *t, size_t i, const struct key *key)
{
    const struct envelope *env = t->roots[i].envelope;

    return env != NULL && (signed_by(env, &t->roots[i].root.keys, key) ||
                           (i > 0 && signed_by(env, &t->roots[i - 1].root.keys, key)));
}

bool trusted_key_seen(const struct trusted *t, const struct key *key)
{
    if (t->targets_envelope != NULL && signed_by(t->targets_envelope, &t->root->keys, key))
        return true;
    for (size_t i = 0; i < t->nroots; i++)
        if (root_signed_by(t, i, key))
            return true;
    return false;
}
