/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forger.h - a journal in the hands of somebody who can count: its lines as trees, changed at will,
 * and written back with numbers and hashes that are right again.
 */
#ifndef TESTS_FORGER_H
#define TESTS_FORGER_H

#include <cjson/cJSON.h>

#include "room.h"

/* An array of lines. Freed by the caller with cJSON_Delete. */
cJSON *forger_read(const struct room *r);
void forger_write(const struct room *r, const cJSON *lines);
/* The n-th line (from 0) with that event, or NULL; its data, to be changed. */
cJSON *forger_line(const cJSON *lines, const char *event, size_t n);
cJSON *forger_data(const cJSON *lines, const char *event, size_t n);

/* Fails the test with the error. */
void must(int rc, const struct err *e);
/* On to that station; the room is opened where it is closed. */
void walk(struct room *r, enum station until);
/* The journal as it stands, closed and read. */
cJSON *taken(struct room *r);

#endif
