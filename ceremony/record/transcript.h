/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transcript.h - the journal as a page for people: who, what, when, fingerprints in groups and
 * words, room to sign by hand. A pure function of the journal's first `count` lines; 80 columns,
 * ASCII frame.
 */
#ifndef CEREMONY_TRANSCRIPT_H
#define CEREMONY_TRANSCRIPT_H

#include "ceremony/acts/ceremony.h"

int transcript_write(const struct ceremony *c, size_t count, struct bytes *out, struct err *e);

#endif
