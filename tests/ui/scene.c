/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/derive/derive.h"
#include "screen_dump.h"

#define TOKENS 8

/* Any public key will do for the online side, as long as it is always the same. */
static const char online[] = "-----BEGIN PUBLIC KEY-----\n"
                             "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                             "-----END PUBLIC KEY-----\n";

/* A machine as it should be, but for one note: what the real one is like is not for a golden file.
 */
static void fit(struct scene *s)
{
    static const struct check checks[] = {
        {"network", "Network cut off", CHECK_PASS, "no interface is connected", ""},
        {"sockets", "Program confined", CHECK_PASS, "this program can't open a network connection",
         ""},
        {"user", "Own user", CHECK_PASS, "modules run without root's rights", ""},
        {"swap", "Swap off", CHECK_WARN, "swap is on", "swapoff -a"},
        {"clock", "Clock plausible", CHECK_PASS, "the clock shows 2026-11-23T14:00:00Z, in UTC",
         ""},
        {"cores", "No core dumps", CHECK_PASS, "core dumps are off", ""},
        {"memory", "Locked memory", CHECK_PASS, "PINs are kept in locked memory", ""},
        {"tokens", "Token software", CHECK_PASS, "token software answers", ""},
        {"folder", "Folder writable", CHECK_PASS, "it can be written, and has space", ""},
    };

    readiness_clear(&s->w.ready);
    s->w.ready.items = calloc(ROOM_CHECKS, sizeof *s->w.ready.items);
    assert_non_null(s->w.ready.items);
    memcpy(s->w.ready.items, checks, sizeof checks);
    s->w.ready.n = ROOM_CHECKS;
}

static void start(struct scene *s, bool looked)
{
    struct err e;

    /* looked: it is the same start, for the journal has no line about another one */
    if ((!looked || room_open_mode(&s->room, CEREMONY_WORK, &e) != 0) &&
        room_open_mode(&s->room, CEREMONY_WALK, &e) != 0)
        fail_msg("%s, %s", e.what, e.where);
    s->w = (struct walk){.c = s->room.c, .t = s->room.t, .o = &s->o, .fit = looked};
    assert_int_equal(ceremony_now(s->w.c, &s->w.now, &e), 0);
    assert_int_equal(walk_begin(&s->w, &e), 0);
    if (s->w.view == VIEW_READINESS)
        fit(s);
}

static void begin(struct scene *s)
{
    start(s, false);
}

static void tokens_out(struct scene *s, const char *but)
{
    char serial[8];

    for (unsigned i = 0; i < TOKENS; i++) {
        snprintf(serial, sizeof serial, "S%u", i);
        fake_insert(s->room.t, serial, but != NULL && strcmp(serial, but) == 0);
    }
}

/* A folder and tokens; no screen yet. */
static void prepare_named(struct scene *s, bool rehearsal, const char *const people[5])
{
    static const char *const others[TOKENS - 5] = {"Flo", "Gus", "Hana"};
    const struct plan_wish wish = {.preset = "root-3of5",
                                   .title = "Example root key ceremony",
                                   .rehearsal = rehearsal,
                                   .holders = people,
                                   .nholders = 5,
                                   .key_type = "ed25519",
                                   .online = "online.pem"};
    struct bytes plan;
    struct err e;
    char serial[8];

    *s = (struct scene){0};
    room_begin(&s->room, NULL);
    room_write(&s->room, "inputs/online.pem", span_str(online));
    plan = (struct bytes){0};
    assert_int_equal(plan_from_preset(&wish, &plan, &e), 0);
    room_write(&s->room, "plan.json", bytes_span(&plan));
    bytes_clear(&plan);
    fake_repeatable(s->room.t);
    for (unsigned i = 0; i < TOKENS; i++) {
        snprintf(serial, sizeof serial, "S%u", i);
        room_token(&s->room, serial, i < 5 ? people[i] : others[i - 5]);
    }
    tokens_out(s, NULL);
}

static void prepare(struct scene *s, bool rehearsal)
{
    static const char *const people[] = {"Alice", "Bo", "Chen", "Dee", "Ee"};

    prepare_named(s, rehearsal, people);
}

void scene_named(struct scene *s, const char *const names[5])
{
    prepare_named(s, false, names);
    begin(s);
}

void scene_first(struct scene *s, bool rehearsal)
{
    prepare(s, rehearsal);
    begin(s);
}

void scene_one_time(struct scene *s)
{
    prepare(s, false);
    room_edit(&s->room, "\"same_keys_as\":\t\"root\",\n\t\t\t\"threshold\":\t3",
              "\"keyholders\": [\"Alice\", \"Bo\"], \"threshold\": 2, \"one_time\": true");
    begin(s);
}

void scene_many(struct scene *s, unsigned files)
{
    struct bytes template;

    prepare(s, false);
    template = (struct bytes){0};
    bytes_put_str(&template,
                  "\"delegations\": [{\"name\": \"targets/packages/{part}\", "
                  "\"same_keys_as\": \"root\", \"threshold\": 3, \"expires\": \"1 year\", "
                  "\"paths\": [\"packages/{part}/*\"], \"each\": {\"part\": [");
    for (unsigned i = 0; i < files; i++)
        bytes_printf(&template, "%s\"%u\"", i > 0 ? ", " : "", i + 1);
    bytes_put_str(&template, "]}}],\n\"sign\":\t[\"targets/packages/{part}\", ");
    room_edit(&s->room, "\"sign\":\t[", bytes_str(&template));
    bytes_clear(&template);
    begin(s);
}

void scene_next(struct scene *s, const struct scene *before,
                void (*edit)(const void *arg, cJSON *plan))
{
    const struct derive_wish wish = {.title = "Example root rotation", .edit = edit};
    struct store *from, *to;
    struct err e;
    char bundle[80];

    *s = (struct scene){0};
    room_begin(&s->room, before->room.t);
    snprintf(bundle, sizeof bundle, "%s/bundle", before->room.dir);
    assert_int_equal(store_open(bundle, &from, &e), 0);
    assert_int_equal(store_open(s->room.dir, &to, &e), 0);
    if (plan_derive(from, &wish, to, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    store_free(from);
    store_free(to);
    tokens_out(s, NULL);
    begin(s);
}

void scene_resume(struct scene *s)
{
    walk_clear(&s->w);
    room_close(&s->room);
    begin(s);
}

void scene_again(struct scene *s)
{
    walk_clear(&s->w);
    room_close(&s->room);
    start(s, true);
}

void scene_clear(struct scene *s)
{
    walk_clear(&s->w);
    room_clear(&s->room);
}

void press(struct scene *s, int key)
{
    walk_key(&s->w, key);
}

void type(struct scene *s, const char *text)
{
    for (; *text != '\0'; text++)
        press(s, *text);
}

void insert(struct scene *s, const char *serial)
{
    tokens_out(s, serial);
    walk_tick(&s->w);
}

static void dump(struct scene *s, int rows, int cols, bool ascii, struct bytes *out)
{
    struct screen grid;

    assert_int_equal(screen_init(&grid, rows, cols, ascii), 0);
    walk_draw(&s->w, &grid);
    screen_dump(&grid, out);
    screen_clear(&grid);
}

void type_word(struct scene *s)
{
    struct bytes text;
    const char *at;
    size_t n;

    text = (struct bytes){0};
    dump(s, 24, 80, false, &text);
    /* "   9b07 393d   word word": the first line of a digest */
    for (at = bytes_str(&text); (at = strstr(at, "  ")) != NULL; at++)
        if (strspn(at + 2, "0123456789abcdef") == 4 && at[6] == ' ' &&
            strspn(at + 7, "0123456789abcdef") == 4 && strncmp(at + 11, "   ", 3) == 0)
            break;
    if (at == NULL)
        fail_msg("no digest on the screen:\n%s", bytes_str(&text));
    at += 14;
    n = strcspn(at, " \n");
    for (size_t i = 0; i < n; i++)
        press(s, at[i]);
    bytes_clear(&text);
}

static void look_for(struct scene *s, const char *text, bool there)
{
    struct bytes screen;

    screen = (struct bytes){0};
    dump(s, 24, 80, false, &screen);
    if ((strstr(bytes_str(&screen), text) != NULL) != there)
        fail_msg("%s on the screen: %s\n%s", there ? "not" : "still", text, bytes_str(&screen));
    bytes_clear(&screen);
}

void sees(struct scene *s, const char *text)
{
    look_for(s, text, true);
}

void sees_not(struct scene *s, const char *text)
{
    look_for(s, text, false);
}

void window(struct scene *s, int rows, int cols)
{
    struct bytes screen;

    screen = (struct bytes){0};
    dump(s, rows, cols, false, &screen);
    bytes_clear(&screen);
}

/* The folder's name changes with each run; this one is as long. */
static void rename_folder(const struct scene *s, struct bytes *text)
{
    static const char shown[] = "/srv/ceremony-26";
    char *at;

    assert_int_equal(strlen(s->room.dir), strlen(shown));
    while ((at = strstr((char *)text->p, s->room.dir)) != NULL)
        memcpy(at, shown, strlen(shown));
}

static const char *last_line(const struct bytes *text, size_t *n)
{
    const char *all = bytes_str(text), *end = all + text->n - 1, *at = end;

    while (at > all && at[-1] != '\n')
        at--;
    *n = (size_t)(end - at);
    return at;
}

/* What must hold of every screen, whatever it shows. */
static void rules(struct scene *s, const char *name, const struct bytes *text)
{
    static const int sizes[][2] = {{60, 200}, {25, 81}, {10, 40}, {1, 1}, {24, 80}};
    struct bytes other;
    const char *bottom;
    size_t n;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int ascii = 0; ascii < 2; ascii++) {
            other = (struct bytes){0};
            dump(s, sizes[i][0], sizes[i][1], ascii != 0, &other);
            for (size_t k = 0; ascii != 0 && k < other.n; k++)
                if (other.p[k] > 0x7E)
                    fail_msg("%s: a character that is not ASCII", name);
            for (size_t k = 0; k < other.n; k++)
                if (other.p[k] < 0x20 && other.p[k] != '\n')
                    fail_msg("%s: a control character", name);
            bytes_clear(&other);
        }
    bottom = last_line(text, &n);
    if (n < 4 || bottom[n - 1] == '~')
        fail_msg("%s: the bottom line does not fit: %s", name, bottom);
    if (ceremony_plan(s->w.c)->rehearsal && strstr(bytes_str(text), "REHEARSAL") == NULL)
        fail_msg("%s: it does not say REHEARSAL", name);
}

static void compare(const char *path, const char *name, const struct bytes *text)
{
    char have[16384];
    FILE *f;
    size_t n;

    if (getenv("UPDATE_GOLDEN") != NULL) {
        f = fopen(path, "we");
        assert_non_null(f);
        assert_int_equal(fwrite(text->p, 1, text->n, f), text->n);
        assert_int_equal(fclose(f), 0);
        return;
    }
    f = fopen(path, "re");
    n = f != NULL ? fread(have, 1, sizeof have - 1, f) : 0;
    have[n] = '\0';
    if (f != NULL)
        fclose(f);
    if (strcmp(have, bytes_str(text)) != 0)
        fail_msg("screen '%s' is another one now.\nit was:\n%s\nit is:\n%s", name, have,
                 bytes_str(text));
}

void golden(struct scene *s, const char *name)
{
    struct bytes text;
    char path[300];

    text = (struct bytes){0};
    dump(s, 24, 80, false, &text);
    rename_folder(s, &text);
    rules(s, name, &text);
    snprintf(path, sizeof path, "%s/%s.txt", GOLDEN, name);
    compare(path, name, &text);
    bytes_clear(&text);
}
