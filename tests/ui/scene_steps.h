/* SPDX-License-Identifier: Apache-2.0 */
/* scene_steps.h - steps of the walk that several tests of screens take. */
#ifndef TESTS_SCENE_STEPS_H
#define TESTS_SCENE_STEPS_H

#include "scene.h"

/* Who is here, an 'x' each, then names. */
void roll_call(struct scene *s, const char *marks);
/* The right PIN, and Enter. */
void pin(struct scene *s);
/* A holder's token comes, a key is made on it and confirmed. */
void enrol(struct scene *s, const char *serial);
/* The next file, by its digest's first word. */
void review_one(struct scene *s);
/* The holder who is chosen signs with that token. */
void sign(struct scene *s, const char *serial);
/* A first root at Enrolment, Alice's seat chosen. */
void at_enrolment(struct scene *s);
/* From the first screen to the signatures. */
void to_signatures(struct scene *s);

#endif
