/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.h - comma-separated values, strictly by RFC 4180, a record at a time.
 *
 * Lines end with LF or CRLF. A field in quotes may hold commas, quotes (doubled) and line ends.
 * Empty lines are no records. Refused, because two programs might read them differently: a byte
 * order mark, what is not UTF-8, NUL, a quote inside a field that does not begin with one, anything
 * between a closing quote and the comma, a quote that is never closed, a CR without its LF.
 */
#ifndef CEREMONY_CSV_H
#define CEREMONY_CSV_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

struct csv {
    struct span text; /* borrowed */
    size_t at;
    size_t line; /* 1-based; where the record that was read last, or what is refused, begins */
    size_t next_line;
    struct bytes fields; /* of that record: each with a NUL behind it */
    size_t *starts;
    size_t n;
};

/* Errors of both: ERR_INPUT without a place, for the caller to name file and `line`;
 * ERR_INTERNAL. */
int csv_init(struct csv *c, struct span text, struct err *e);
/* 1: a record; 0: there is none any more; -1. */
int csv_next(struct csv *c, struct err *e);
/* The text of field i < n of the record, valid until the next one is read. */
const char *csv_field(const struct csv *c, size_t i);
void csv_clear(struct csv *c);

#endif
