/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trusted_files.h - what the files behind trusted.h share: reading one file, the delegated roles
 * in force, snapshot and timestamp.
 */
#ifndef CEREMONY_TRUSTED_FILES_H
#define CEREMONY_TRUSTED_FILES_H

#include "ceremony/repository/trusted.h"

/* 1 when read, 0 when there is no such file. */
int trusted_envelope_read(struct store *s, const char *name, struct envelope **out, struct err *e);
/* Every delegated role in the folder, held against what delegates to it. Errors: ERR_INPUT (two
 * versions of a role, one that nothing delegates to), ERR_SIGNATURE. */
int trusted_files_read(struct store *s, struct trusted *t, struct err *e);
void trusted_files_clear(struct trusted *t);
/* Snapshot and timestamp, the newest of each in the folder that the root in force accepts; one that
 * it does not accept is a note. Expiry is not looked at. Errors: ERR_IO, ERR_INTERNAL. */
int trusted_listings_read(struct store *s, struct trusted *t, struct err *e);
void trusted_listings_clear(struct trusted *t);
/* Adds a note; `text` is moved in, NULL: out of memory. */
int trusted_note_add(struct trusted *t, struct trusted_note kind, char *text, struct err *e);

#endif
