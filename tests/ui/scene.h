/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - the walk without a terminal: a ceremony in memory, keys that are typed, and screens
 * that are compared with those in golden/.
 *
 * Everything is the same at each run: a clock that stands, keys and signatures that repeat, and a
 * folder that is shown under another name. UPDATE_GOLDEN=1 in the environment writes the files
 * anew.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <cjson/cJSON.h>

#include "ceremony/ui/view.h"
#include "room.h"

struct scene {
    struct room room;
    struct walk w;
    struct walk_options o;
    struct store *disk; /* of the walk's own writes: see room.h */
};

/* A first root, (3,5): Alice, Bo, Chen, Dee and Ee have tokens S0 to S4 with the PIN 4711471, none
 * is inserted. The screen is the first of the walk. */
void scene_first(struct scene *s, bool rehearsal);
/* The same with other names for the five. */
void scene_named(struct scene *s, const char *const names[5]);
/* The same, and as many delegated files, by the same people. */
void scene_many(struct scene *s, unsigned files);
/* The same as scene_first, with keys for targets, of Alice and Bo, that are used once. */
void scene_one_time(struct scene *s);
/* On top of `before`, which is closed: a plan made with new --from and edited. */
void scene_next(struct scene *s, const struct scene *before,
                void (*edit)(const void *arg, cJSON *plan));
/* Leaves, and starts the walk anew over the folder as it is now. */
void scene_again(struct scene *s);
/* The same, and the machine is looked at first, as at each start. */
void scene_resume(struct scene *s);
void scene_clear(struct scene *s);

/* A key, as term.h calls it; text, letter by letter; the first word of the digest on the screen. */
void press(struct scene *s, int key);
void type(struct scene *s, const char *text);
void type_word(struct scene *s);
/* Only this token is inserted; NULL: none. A second passes. */
void insert(struct scene *s, const char *serial);
/* The screen has this text, or does not. */
void sees(struct scene *s, const char *text);
void sees_not(struct scene *s, const char *text);
/* The window has this size now, and is drawn. */
void window(struct scene *s, int rows, int cols);
/* The screen is that of golden/NAME.txt, and keeps the rules that hold for every screen. */
void golden(struct scene *s, const char *name);

#endif
