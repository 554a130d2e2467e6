/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utc.h - points in time as TUF writes them: YYYY-MM-DDTHH:MM:SSZ, nothing else.
 *
 * Seconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, no leap seconds, years
 * 1970 to 9999. No clock in here: the time is always handed in.
 */
#ifndef METADATA_UTC_H
#define METADATA_UTC_H

#include <stdint.h>

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

#define UTC_SIZE 21             /* with the NUL */
#define UTC_DAY  INT64_C(86400) /* seconds */

typedef int64_t utc_t;

struct duration {
    unsigned years, months, days, hours;
};

/* Exactly the form above, a date that exists. Errors: ERR_INPUT. */
int utc_parse(struct span text, utc_t *out, struct err *e);
/* "2026-11-23", a day that exists, at 00:00:00Z. Errors: ERR_INPUT. */
int utc_parse_day(struct span text, utc_t *out, struct err *e);
void utc_format(utc_t t, char out[UTC_SIZE]);
/* The day and the time of day of the same, to print: utc_text(t).day. */
struct utc_text {
    char day[sizeof "2026-11-23"], time[sizeof "14:07:00"];
};
struct utc_text utc_text(utc_t t);
/* "1 year", "12 months", "90 days", "36 hours" (one unit, 1 or more, a century at
 * most). Errors: ERR_INPUT. */
int duration_parse(struct span text, struct duration *out, struct err *e);
/* As duration_parse reads it; of the largest unit, when there are several. */
void duration_format(struct duration d, char *out, size_t size);
/* Calendar arithmetic: years and months first, the day cut to the month's last, then days and
 * hours. */
utc_t utc_add(utc_t t, struct duration d);
/* "in 12 months", "3 days ago": the distance of `t` as seen from `now`, appended. */
void utc_distance(utc_t now, utc_t t, struct bytes *out);
/* How long metadata is valid, in words, appended. To compare with the metadata: "valid until
 * 2027-11-23T14:00:00Z". By the day, as seen from `now`: "valid until 2027-11-23 (in 12 months)". */
#define UTC_EXPIRY_WORDS "valid until "
void utc_put_expiry(utc_t expires, struct bytes *out);
/* The same with the distance from `now`, and whether it is over. */
void utc_put_expiry_seen(utc_t now, utc_t expires, struct bytes *out);
void utc_put_expiry_day(utc_t now, utc_t expires, struct bytes *out);

#endif
