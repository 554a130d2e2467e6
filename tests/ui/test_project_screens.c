/* SPDX-License-Identifier: Apache-2.0 */
/* Screens of a review of many delegated roles: what becomes of the projects below them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "scene_steps.h"

#define FILES    26
#define PROJECTS 320

static const char *const keys[] = {"MCowBQYDK2VwAyEAWTRTx/p7aLOJTMV2uFQt0WO5h/Z4pwEQr30ggF0nLN0=",
                                   "MCowBQYDK2VwAyEA8KJe5WuCOWmoMCjG//5KpanDNM/EoOOpNCiE+/j6ZII="};

static void put_keys(const struct scene *s, unsigned year)
{
    struct bytes text;
    char name[32];

    text = (struct bytes){0};
    if (year == 1) {
        room_read(&s->room, "inputs/online.pem", &text);
        room_write(&s->room, "inputs/keys/online.pem", bytes_span(&text));
    }
    for (unsigned i = 0; i < 2; i++) {
        bytes_truncate(&text, 0);
        bytes_printf(&text, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", keys[i]);
        snprintf(name, sizeof name, "inputs/keys/%u.pem", i);
        room_write(&s->room, name, bytes_span(&text));
    }
    bytes_clear(&text);
}

/* What becomes of project `i`, in a line of the list; "" for nothing. */
static void put_move(unsigned year, unsigned i, struct bytes *out)
{
    unsigned part = i < 300 ? 3 : 17;

    if (year == 1)
        bytes_printf(out, "add,p%u,targets/packages/%u,1,%s\n", i, part,
                     i < 312 ? "online.pem" : "0.pem");
    else if (i < 312)
        bytes_printf(out, "hand-over,p%u,targets/packages/%u,1,1.pem\n", i, part);
    else if (i < 316)
        bytes_printf(out, "change,p%u,targets/packages/%u,,1.pem\n", i, part);
    else if (i == 316)
        bytes_printf(out, "remove,p%u,targets/packages/%u,,\n", i, part);
}

/* The plan gets a list of moves, and the walk begins anew. */
static void begin_with_moves(struct scene *s, unsigned year, const char *name)
{
    char from[64], to[128], journal[96];
    struct bytes list;

    list = (struct bytes){0};
    bytes_put_str(&list, "action,project,in,threshold,keys\n");
    for (unsigned i = 0; i < PROJECTS; i++)
        put_move(year, i, &list);
    room_write(&s->room, "inputs/moves.csv", bytes_span(&list));
    bytes_clear(&list);
    put_keys(s, year);
    snprintf(from, sizeof from, "%s\"targets/packages/{part}\",", name);
    snprintf(to, sizeof to, "%s \"contents\": {\"moves\": \"moves.csv\"},", from);
    room_edit(&s->room, from, to);
    snprintf(journal, sizeof journal, "%s/journal.jsonl", s->room.dir);
    (void)unlink(journal); /* when there is one */
    scene_again(s);
}

static void walk(struct scene *s, enum station until)
{
    static const char *const serials[] = {"S0", "S1", "S2", "S3", "S4"};
    struct err e;

    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++)
        fake_insert(s->room.t, serials[i], true);
    if (room_walk(&s->room, until, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    scene_again(s);
}

static void look_at_the_last(struct scene *s)
{
    for (unsigned i = 0; i < 3; i++)
        press(s, TERM_DOWN);
    press(s, TERM_ENTER);
}

static void projects_are_handed_over(void **state)
{
    struct scene first, s;

    (void)state;
    scene_many(&first, FILES);
    begin_with_moves(&first, 1, "\"name\": ");
    walk(&first, STATION_REVIEW);
    look_at_the_last(&first);
    sees(&first, "24 files are new, without target files and");
    walk(&first, STATIONS);
    scene_next(&s, &first, NULL);
    begin_with_moves(&s, 2, "\"name\":\t");
    walk(&s, STATION_REVIEW);
    look_at_the_last(&s);
    golden(&s, "proposal_template");
    press(&s, TERM_PAGE_DOWN);
    sees(&s, "lines ");
    scene_clear(&s);
    scene_clear(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(projects_are_handed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
