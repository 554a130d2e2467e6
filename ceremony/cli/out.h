/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.h - what commands print. Foreign text is made harmless (plain.h); whoever pipes the raw bytes
 * elsewhere asks for --json, or for 'canonical'.
 */
#ifndef CEREMONY_CLI_OUT_H
#define CEREMONY_CLI_OUT_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "ceremony/base/finding.h"
#include "ceremony/changes/lines.h"
#include "ceremony/cli/command.h"
#include "ceremony/plan/plan.h"
#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

/* Harmless text, and `end` as it is, to a stream. */
void out_to(FILE *to, const char *end, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A line on stdout. */
#define out_line(...) out_to(stdout, "\n", __VA_ARGS__)
/* Text of several lines. */
void out_text(const struct bytes *text);
int out_lines(const struct lines *l, struct err *e);
/* Bytes as they are; on a terminal as out_text. */
int out_raw(struct span bytes, struct err *e);
/* Is all of it written? Whoever reads a pipe may have read enough and closed it: then nobody misses
 * the rest, and that is no error. Errors: ERR_IO. */
int out_flush(struct err *e);
/* Prints and frees the tree; NULL is out of memory. */
int out_json(cJSON *tree, struct err *e);
/* Appends the tree as text that is harmless on a terminal, too. NULL is out of memory. */
int out_put_json(const cJSON *tree, struct bytes *out, struct err *e);
/* A part of a document that is printed one part after the other; its text is harmless already. */
void out_json_part(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What was recorded: a line, or {"recorded": "..."} for machines. */
int out_recorded(bool json, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* That a private key lies in a file (ERR_SECRET): what is printed before all else. */
void out_stolen(const struct err *secret);
/* "  9b07 393d ...   proximal almighty ..." in `lines` lines of eight bytes. */
void out_digest(const uint8_t *digest, unsigned lines);
void out_findings(const struct findings *f);
cJSON *out_findings_json(const struct findings *f);
/* An error as JSON. */
cJSON *out_err_json(const struct err *e);
/* out_json for a command that says more than its error: `verdict` is that error, or NULL. It
 * becomes the member "error" of the same document, for standard output holds one document and no
 * more. */
int out_answer(const struct invocation *in, cJSON *tree, const struct err *verdict, struct err *e);

#endif
