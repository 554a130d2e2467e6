/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transcript_event.h - one event as one line of words, by the sentence of its row in event.h.
 */
#ifndef CEREMONY_TRANSCRIPT_EVENT_H
#define CEREMONY_TRANSCRIPT_EVENT_H

#include "ceremony/session/journal.h"

/* Appends the sentence, without a newline. Errors: ERR_INTERNAL. */
int transcript_event(const struct event *ev, struct bytes *out, struct err *e);

#endif
