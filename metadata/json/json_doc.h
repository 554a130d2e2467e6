/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_doc.h - what the files behind json.h share: the document, and the marks of canonical bytes.
 */
#ifndef METADATA_JSON_DOC_H
#define METADATA_JSON_DOC_H

#include "metadata/json/json.h"

struct json_doc {
    char *name;
    struct bytes owned; /* the text, when the document owns it and it is not canonical itself */
    struct span text;   /* may be the canonical bytes */
    struct bytes canonical;
    bool old_forms; /* are read: see old_form.h */
};

/* Scans `text` and appends its canonical bytes to `out`. Errors: ERR_INPUT, ERR_INTERNAL. */
int json_scan(struct span text, const char *name, enum json_form form, struct bytes *out,
              struct err *e);
/* Checks that the text is canonical, where it lies: a file of 200 MB is not copied for that. */
int json_check(struct bytes *text, const char *name, struct err *e);

/* The end of the value that starts at `at` in canonical bytes `s`; `at` of a string's first byte.
 */
size_t json_skip(struct span s, size_t at);

/* Line and column (1-based, columns in characters) of byte `at` of a text. */
void json_line_column(struct span text, size_t at, size_t *line, size_t *column);

/* Appends one step of a path: ".name", or ["odd name"] when it is no identifier; `name` is encoded
 * as in canonical bytes, without its quotes. */
void json_path_name(struct bytes *path, struct span name);

#endif
