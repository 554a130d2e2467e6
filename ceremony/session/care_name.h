/* SPDX-License-Identifier: Apache-2.0 */
/*
 * care_name.h - the acts of token administration, by the names that the journal has for them.
 */
#ifndef CEREMONY_CARE_NAME_H
#define CEREMONY_CARE_NAME_H

enum care { CARE_SET_UP, CARE_CHANGE_PIN, CARE_UNBLOCK, CARE_CHANGE_SO_PIN, CARES };

/* "set-up", as it is journaled; the act of that name, or -1; in words for the transcript. */
const char *care_name(enum care what);
long care_find(const char *name);
const char *care_told(const char *name);

#endif
