/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/publication/publication.h"

static void print_group(const struct session *s, size_t group)
{
    const struct proposal_group *g = &s->groups[group];
    const struct proposal *p = &s->proposals[g->first];
    const char *note = g->reviewed ? "" : ", not reviewed";
    size_t needed, given = session_group_signed(s, group, &needed);

    if (g->n > 1) {
        out_line("    %s: %zu of %zu files have their signatures; %zu of %zu are given%s",
                 session_group_name(s, group), session_group_complete(s, group), g->n, given,
                 needed, note);
        return;
    }
    for (size_t k = 0; k < p->nobligations; k++)
        out_line("    %s v%" PRId64 ": %s: %u signatures, %u needed%s", p->role, p->version,
                 p->obligations[k].label, session_reached(s, g->first, k),
                 p->obligations[k].role->threshold, note);
}

static void print(const struct ceremony *c)
{
    const struct session *s = ceremony_session(c);
    uint8_t last[SHA256_SIZE];

    out_line("%s%s", s->plan->title, s->plan->rehearsal ? " (REHEARSAL)" : "");
    for (unsigned st = 0; st < STATIONS; st++) {
        if (!station_matters(s, (enum station)st))
            continue;
        out_line("  %s  %s",
                 station_done(s, (enum station)st)        ? "ok"
                 : (enum station)st == session_station(s) ? "> "
                                                          : "  ",
                 station_title((enum station)st));
    }
    for (size_t i = 0; i < s->ngroups; i++)
        print_group(s, i);
    for (size_t i = 0; i < s->plan->nholders && s->nproposals > 0 && !s->closed; i++) {
        size_t left = session_signatures_left(s, i);

        if (left > 0)
            out_line("    %s could give %zu signature%s%s", s->plan->holders[i].name, left,
                     left == 1 ? "" : "s", session_needed(s, i) ? ", needed" : "");
    }
    if (s->closed)
        out_line("closed; the bundle is in %s", s->bundle_destination);
    if (ceremony_last_line(c, last)) {
        out_line("journal: %zu lines, the last one:", journal_count(ceremony_journal(c)));
        out_digest(last, 1);
    }
    if (ceremony_unknown(c))
        out_line("This machine does not know this journal: whose words these are is not known.");
}

/* What is reviewed together: one file, or those of a role template. */
static cJSON *group_json(const struct session *s, size_t at)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "role", session_group_name(s, at));
    cJSON_AddNumberToObject(item, "files", (double)s->groups[at].n);
    cJSON_AddNumberToObject(item, "complete", (double)session_group_complete(s, at));
    cJSON_AddBoolToObject(item, "reviewed", s->groups[at].reviewed);
    return item;
}

static cJSON *proposal_json(const struct session *s, size_t at)
{
    const struct proposal *p = &s->proposals[at];
    cJSON *item = cJSON_CreateObject(), *list;

    cJSON_AddStringToObject(item, "role", p->role);
    cJSON_AddNumberToObject(item, "version", (double)p->version);
    cJSON_AddStringToObject(item, "sha256", p->sha256);
    cJSON_AddBoolToObject(item, "reviewed", s->groups[p->group].reviewed);
    list = cJSON_AddArrayToObject(item, "obligations");
    for (size_t k = 0; k < p->nobligations; k++) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "keys", p->obligations[k].label);
        cJSON_AddNumberToObject(o, "reached", session_reached(s, at, k));
        cJSON_AddNumberToObject(o, "threshold", p->obligations[k].role->threshold);
        cJSON_AddItemToArray(list, o);
    }
    return item;
}

/* Files of a role template, and their signatures, are counted. */
static bool is_alone(const struct session *s, size_t proposal)
{
    return s->groups[s->proposals[proposal].group].n == 1;
}

static cJSON *holders_json(const struct session *s)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < s->plan->nholders; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "name", s->plan->holders[i].name);
        cJSON_AddNumberToObject(item, "signatures_left", (double)session_signatures_left(s, i));
        cJSON_AddBoolToObject(item, "needed", session_needed(s, i));
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static int print_json(const struct ceremony *c, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct publication files = {0};
    struct bytes backward = {0};
    char hex[SHA256_HEX_SIZE];
    uint8_t last[SHA256_SIZE];
    cJSON *tree, *list;

    if (s->nproposals > 0 && publication_check(s, &files, e) != 0)
        return -1;
    tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "title", s->plan->title);
    cJSON_AddBoolToObject(tree, "rehearsal", s->plan->rehearsal);
    cJSON_AddStringToObject(tree, "station", station_title(session_station(s)));
    cJSON_AddBoolToObject(tree, "complete", session_complete(s));
    cJSON_AddBoolToObject(tree, "closed", s->closed);
    cJSON_AddNumberToObject(tree, "lines", (double)journal_count(ceremony_journal(c)));
    journal_put_backward(ceremony_journal(c), journal_count(ceremony_journal(c)), &backward);
    if (backward.n > 0)
        cJSON_AddStringToObject(tree, "clock_went_back", memory_text(&backward));
    bytes_clear(&backward);
    if (ceremony_last_line(c, last)) {
        hex_of(last, sizeof last, hex);
        cJSON_AddStringToObject(tree, "last_line", hex);
        cJSON_AddBoolToObject(tree, "known", !ceremony_unknown(c));
    }
    list = cJSON_AddArrayToObject(tree, "groups");
    for (size_t i = 0; i < s->ngroups; i++)
        cJSON_AddItemToArray(list, group_json(s, i));
    if (s->nproposals > 0)
        cJSON_AddItemToObject(tree, "keyholders", holders_json(s));
    if (s->nproposals > 0) {
        publication_json(&files, tree);
        publication_clear(&files);
    }
    list = cJSON_AddArrayToObject(tree, "proposals");
    for (size_t i = 0; i < s->nproposals; i++)
        if (is_alone(s, i))
            cJSON_AddItemToArray(list, proposal_json(s, i));
    list = cJSON_AddArrayToObject(tree, "signatures");
    for (size_t i = 0; i < s->nsignatures; i++) {
        cJSON *item;

        if (!is_alone(s, s->signatures[i].proposal))
            continue;
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "role", s->proposals[s->signatures[i].proposal].role);
        cJSON_AddStringToObject(item, "holder", session_holder_name(s, s->signatures[i].seat));
        cJSON_AddStringToObject(item, "keyid", s->signatures[i].keyid);
        cJSON_AddItemToArray(list, item);
    }
    return out_json(tree, e);
}

static void print_backward(const struct journal *j)
{
    struct bytes lines = {0};

    journal_put_backward(j, journal_count(j), &lines);
    if (lines.n > 0)
        out_line("the machine's clock went back:");
    out_text(&lines);
    bytes_clear(&lines);
}

static int run(struct context *d, struct err *e)
{
    if (in_has(d->in, "json"))
        return print_json(d->c, e);
    print(d->c);
    print_backward(ceremony_journal(d->c));
    return 0;
}

const struct command cmd_status = {
    .name = "status",
    .args = "DIR",
    .summary = "where the ceremony stands, and whose signatures are missing",
    .details = "Of a role template the files are counted; journal.jsonl has each of them.",
    .act = run,
};
