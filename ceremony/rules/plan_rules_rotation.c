/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/plan_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/plan/plan_change.h"

/* A rule; -1: out of memory. */
typedef int rotation_rule(const struct plan *p, utc_t now, const char *rule, struct findings *out);

/* TUF 1.0.31, 5.3.4: t_old of the old keys sign the new root, or no client follows. */
static int old_threshold(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    const struct role *old = &p->trusted->root->roles[SIGNED_ROOT];
    size_t n = plan_old_signers(p);

    (void)now;
    if (!p->roles[SIGNED_ROOT].sign || n >= old->threshold)
        return 0;
    return finding_add(
        out, FINDING_REFUSAL, rule,
        "find a lost key; else make a first root with 'tuf-ceremony new --from FOLDER --first-root "
        "DIR', and ship it to every client by another way",
        "clients can't follow: root v%" PRId64
        " asks for %u signatures of its keys, and only %zu of those keys can still sign. No new "
        "root can be made that these clients accept",
        p->trusted->root->head.version, old->threshold, n);
}

/* Said before anything starts: who is left, and whether there is anybody to spare. */
static int who_is_left(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    const struct role *old = &p->trusted->root->roles[SIGNED_ROOT];
    size_t n = plan_old_signers(p), all = 0;

    (void)now;
    for (size_t i = 0; i < old->n; i++)
        all += role_first(old, &p->trusted->root->keys, i);
    if (!p->roles[SIGNED_ROOT].sign || n == all || n < old->threshold)
        return 0;
    return finding_add(out, n == old->threshold ? FINDING_WARNING : FINDING_NOTE, rule,
                       n == old->threshold ? "see that all of them come, and handle their tokens "
                                             "with care"
                                           : "nothing; there are enough",
                       "%zu of the %zu keys of root v%" PRId64 " can still sign, and %u must%s", n,
                       all, p->trusted->root->head.version, old->threshold,
                       n == old->threshold ? ": nobody may be missing, and no token may fail" : "");
}

static int root_not_signed(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    (void)now;
    if (p->roles[SIGNED_ROOT].sign || (!p->first_root && !plan_root_changes(p)))
        return 0;
    return finding_add(
        out, FINDING_REFUSAL, rule, "add \"root\" to \"sign\"",
        "the plan changes keys or thresholds, which root lists, but does not sign a new root");
}

/* Would the targets in force still be accepted under the new root? */
static int targets_not_signed(const struct plan *p, utc_t now, const char *rule,
                              struct findings *out)
{
    const struct plan_role *r = &p->roles[SIGNED_TARGETS];
    const struct trusted *t = p->trusted;
    const struct role *old = &t->root->roles[SIGNED_TARGETS];
    struct tally tally;
    struct err ignored;
    size_t n = 0;

    (void)now;
    if (r->sign || !plan_role_changes(p, SIGNED_TARGETS))
        return 0;
    if (t->targets_envelope == NULL)
        return finding_add(out, FINDING_WARNING, rule, "give the targets in force to the plan",
                           "the keys of targets change, and the targets in force are not here: "
                           "whether clients will still accept them can't be seen");
    if (envelope_tally(t->targets_envelope, old, &t->root->keys, &tally, &ignored) != 0)
        return -1;
    for (size_t i = 0; i < tally.n; i++)
        n += plan_role_keeps(p, r, trusted_key(t, tally.keyids[i]));
    tally_clear(&tally);
    if (n >= r->threshold)
        return 0;
    return finding_add(out, FINDING_REFUSAL, rule,
                       r->nseats > 0 ? "add \"targets\" to \"sign\""
                                     : "let the online side sign targets anew first, or keep keys",
                       "the targets in force have %zu of the %u signatures that the new root asks "
                       "for: clients would refuse them",
                       n, r->threshold);
}

static int targets_absent(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    (void)now;
    if (!p->roles[SIGNED_TARGETS].sign || p->trusted->targets_envelope != NULL)
        return 0;
    return finding_add(out, FINDING_REFUSAL, rule,
                       "put the targets in force into inputs/trusted and its version into "
                       "\"trusted\", or take \"targets\" out of \"sign\"",
                       "targets would begin again at version 1 without files and delegations: "
                       "clients refuse the rollback");
}

static int nobodys_keys(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    const struct role *old = &p->trusted->root->roles[SIGNED_ROOT];

    (void)now;
    for (size_t i = 0; i < old->n; i++) {
        const struct key *key = trusted_key(p->trusted, old->keyids[i]);

        if (key != NULL && plan_key_holder(p, key) == NULL &&
            finding_add(out, FINDING_WARNING, rule, "name its holder, with \"keys\"",
                        "nobody in the plan holds root's key %.16s...: it can't be asked to sign",
                        old->keyids[i]) != 0)
            return -1;
    }
    return 0;
}

static int one_key_two_people(const struct plan *p, utc_t now, const char *rule,
                              struct findings *out)
{
    (void)now;
    for (size_t i = 0; i < p->nholders; i++)
        for (size_t k = 0; k < i; k++)
            for (unsigned a = 0; a < SIGNED_TYPES; a++)
                for (unsigned b = 0; b < SIGNED_TYPES; b++) {
                    const char *x = p->holders[i].keyids[a], *y = p->holders[k].keyids[b];

                    if (x != NULL && y != NULL &&
                        key_same_material(trusted_key(p->trusted, x), trusted_key(p->trusted, y)) &&
                        finding_add(out, FINDING_REFUSAL, rule, "a key has one holder",
                                    "'%s' and '%s' are both listed as holders of the key %.16s...",
                                    p->holders[k].name, p->holders[i].name, x) != 0)
                        return -1;
                }
    return 0;
}

static int unseen_keys(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    const struct plan_role *r = &p->roles[SIGNED_ROOT];

    (void)now;
    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *seat = &p->seats[r->seats[i]];

        if (seat->key != NULL && !trusted_key_seen(p->trusted, seat->key) &&
            finding_add(out, FINDING_WARNING, rule,
                        "let them sign in this ceremony, even when the threshold is reached",
                        "the key of '%s' was never seen to sign: whether the token still works is "
                        "not known",
                        p->holders[seat->holder].name) != 0)
            return -1;
    }
    return 0;
}

/* Is it reachable with keys that were seen to work? One that is enrolled here is seen here. */
static int seen_enough(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    const struct role *old = &p->trusted->root->roles[SIGNED_ROOT];
    const struct plan_role *r = &p->roles[SIGNED_ROOT];
    size_t by_old = 0, by_new = 0;

    (void)now;
    if (!r->sign || plan_old_signers(p) < old->threshold)
        return 0;
    for (size_t i = 0; i < p->nseats; i++) {
        const struct key *key = p->seats[i].key;
        bool seen = key != NULL && trusted_key_seen(p->trusted, key);

        by_old += seen && !p->seats[i].lost && p->seats[i].role == SIGNED_ROOT &&
                  plan_signs_now(&p->trusted->root->keys, old, key);
    }
    for (size_t i = 0; i < r->nseats; i++)
        by_new += p->seats[r->seats[i]].key == NULL ||
                  trusted_key_seen(p->trusted, p->seats[r->seats[i]].key);
    if (by_old < old->threshold &&
        finding_add(out, FINDING_WARNING, rule, "try the other tokens before the day",
                    "%u of the keys of root v%" PRId64 " must sign, and only %zu of those that "
                    "still can were ever seen to",
                    old->threshold, p->trusted->root->head.version, by_old) != 0)
        return -1;
    if (by_new >= r->threshold)
        return 0;
    return finding_add(out, FINDING_WARNING, rule,
                       "let the others sign too, so that it is known whether they can",
                       "the new root asks for %u signatures, and only %zu of its keys are known to "
                       "work",
                       r->threshold, by_new);
}

static utc_t expiry_of(const struct plan_role *r, utc_t now)
{
    return r->expires_is_date ? r->expires_at : utc_add(now, r->expires_in);
}

static int shorter(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    for (unsigned t = 0; t < SIGNED_TYPES; t++) {
        const struct envelope *env = trusted_envelope(p->trusted, (enum signed_type)t);
        struct signed_head head;
        struct err ignored;

        if (env == NULL || !p->roles[t].sign ||
            signed_head_read(envelope_object(env), &head, &ignored) != 0 ||
            expiry_of(&p->roles[t], now) >= head.expires)
            continue;
        if (finding_add(out, FINDING_WARNING, rule, "give it a longer life, or look at the date",
                        "'%s' would expire on %s, before the one in force (%s)",
                        signed_type_name((enum signed_type)t),
                        utc_text(expiry_of(&p->roles[t], now)).day,
                        utc_text(head.expires).day) != 0)
            return -1;
    }
    return 0;
}

/* An air-gapped clock lies; metadata signed on a later day than today can't be. */
static int before_history(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    if (!p->has_day || now + UTC_DAY > p->day)
        return 0;
    return finding_add(out, FINDING_REFUSAL, rule, "set the clock, and confirm the right date",
                       "the date is %s, but the metadata in force was signed on %s",
                       utc_text(now).day, utc_text(p->day).day);
}

/* TUF 1.0.31, 5.3.10: a client that knows no newer root refuses everything. */
static int root_expired(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    const struct signed_head *head = &p->trusted->root->head;
    struct utc_text at = utc_text(head->expires);

    if (head->expires > now)
        return 0;
    return p->roles[SIGNED_ROOT].sign
               ? finding_add(out, FINDING_WARNING, rule, "publish the new root soon",
                             "root v%" PRId64 ", which is in force, expired on %s: clients "
                             "refuse everything until the new one is there",
                             head->version, at.day)
               : finding_add(out, FINDING_REFUSAL, rule, "add \"root\" to \"sign\"",
                             "root v%" PRId64 ", which stays in force, expired on %s: clients "
                             "refuse whatever is signed here",
                             head->version, at.day);
}

static int files_consistent(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    (void)now;
    if (p->trusted->root->consistent_snapshot)
        return 0;
    return finding_add(out, FINDING_WARNING, rule, "it is kept as it is; think about changing it",
                       "the repository does not use consistent snapshots: a client may see a "
                       "mixture of old and new files");
}

/* "correct_keyids": what is signed under ids that change is signed anew, or clients refuse it. */
static int keyids_corrected(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    char online[160] = "";

    (void)now;
    if (p->correct_keyids && !p->roles[SIGNED_ROOT].sign &&
        finding_add(out, FINDING_REFUSAL, rule, "add \"root\" to \"sign\"",
                    "the plan corrects keyids, which root lists, but does not sign a new root") !=
            0)
        return -1;
    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = plan_role_at(p, i);
        size_t at = strlen(online);

        if (plan_keyids_change(p, r) == 0 || r->sign)
            continue;
        if (r->nonline > 0)
            snprintf(online + at, sizeof online - at, "%s%s", at > 0 ? ", " : "", r->name);
        else if (finding_add(out, FINDING_REFUSAL, rule,
                             "let this ceremony sign it, too, or take \"correct_keyids\" out",
                             "'%s' in force is signed under keyids that change, and is not signed "
                             "here: clients would refuse it",
                             r->name) != 0)
            return -1;
    }
    return online[0] == '\0'
               ? 0
               : finding_add(out, FINDING_WARNING, rule,
                             "publish all of it at once, with these signed anew under the new ids",
                             "the online side must sign again, for their keyids change: %s",
                             online);
}

static int history_notes(const struct plan *p, utc_t now, const char *rule, struct findings *out)
{
    (void)now;
    for (size_t i = 0; i < p->trusted->nnotes; i++) {
        const struct trusted_note *note = &p->trusted->notes[i];

        if (finding_add(out, note->stuck ? FINDING_WARNING : FINDING_NOTE, rule, note->todo, "%s",
                        note->text) != 0)
            return -1;
    }
    return 0;
}

static const struct {
    const char *rule;
    rotation_rule *check;
    const char *protects; /* whom */
    bool followed;        /* only where clients are to follow from the root in force */
#include "ceremony/rules/plan_rules.h"

} rules[] = {
    {"old-threshold", old_threshold, "every client: TUF 1.0.31, 5.3.4, asks for the old threshold",
     true},
    {"who-is-left", who_is_left, "the committee, on the day", true},
    {"root-signed", root_not_signed, "every client: trust starts at root", false},
    {"targets-signed", targets_not_signed,
     "every client: targets are refused without their threshold (TUF 1.0.31, 5.6.3)", false},
    {"targets-in-force", targets_absent, "every client: a rollback is refused (TUF 1.0.31, 5.6.4)",
     false},
    {"nobodys-key", nobodys_keys, "the committee, against a keyholder who is not asked", true},
    {"one-holder", one_key_two_people, "the threshold: one key counts once", false},
    {"seen-threshold", seen_enough,
     "the committee, against a threshold that is reached on paper only", true},
    {"unseen-key", unseen_keys, "the committee, against a token that does not work any more",
     false},
    {"root-expired", root_expired, "every client: an expired root is refused (TUF 1.0.31, 5.3.10)",
     true},
    {"shorter-life", shorter, "the committee, against a date that was not meant", false},
    {"date", before_history, "every client: what is signed on a wrong day expires on a wrong day",
     false},
    {"consistent-snapshot", files_consistent, "clients, against a mixture of old and new files",
     false},
    {"keyids", keyids_corrected,
     "every client: a signature counts under the keyid that is listed (TUF 1.0.31, 5.3.4)", false},
    {"history", history_notes, "clients that ship an old root", true},
};

int plan_rules_rotation(const struct plan *p, utc_t now, struct findings *out)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t from = out->n;

        if (rules[i].followed && plan_followed_root(p) == NULL)
            continue;
        if (rules[i].check(p, now, rules[i].rule, out) != 0)
            return -1;
        findings_protect(out, from, rules[i].protects);
    }
    return 0;
}
