/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - strict reading of JSON, straight from the text into canonical bytes.
 *
 * A document is read once, front to back, and its canonical bytes (OLPC canonical JSON, as TUF
 * signs them: members sorted by code point, no white space, only '"' and '\' escaped) are written
 * as it is read; there is no tree of nodes. A `struct json` is a view of one value inside the
 * canonical bytes, so what is shown, signed and verified are the same bytes, parsed once.
 *
 * Refused, because two implementations might read it differently: invalid UTF-8, a byte order mark,
 * duplicate member names (also when one is written with escapes), floats and exponents, integers
 * beyond plus or minus 2^53 - 1, lone surrogates, \u0000, member names whose order depends on
 * whether one sorts by code point or by UTF-16 unit, nesting deeper than JSON_MAX_DEPTH, anything
 * behind the value. Every refusal names line, column (1-based, columns in characters) and JSON
 * path.
 *
 * Invariants: the text outlives the document; the document outlives its views.
 */
#ifndef METADATA_JSON_H
#define METADATA_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

#define JSON_MAX_DEPTH   64
#define JSON_MAX_INTEGER INT64_C(9007199254740991)

enum json_form {
    JSON_TEXT,      /* RFC 8259: control characters in strings only as escapes */
    JSON_CANONICAL, /* must already be canonical, byte for byte */
};

enum json_kind { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_INTEGER, JSON_BOOL, JSON_NULL };

struct json_doc;

/* One value: a view into the canonical bytes of `doc`. Plain data, copied freely. */
struct json {
    const struct json_doc *doc;
    const uint8_t *p;
    size_t n;
};

/* Walks an object's members in canonical order, or an array's elements. */
struct json_iter {
    struct json in;
    size_t at;
};

/* Reads `text` (borrowed). `name` (copied) is what errors call it, such as a file name.
 * Errors: ERR_INPUT, ERR_INTERNAL. */
int json_doc_read(struct span text, const char *name, enum json_form form, struct json_doc **out,
                  struct err *e);
/* The same, and the document owns the text: `text` is moved in, also on failure. Text that is
 * canonical is not copied. */
int json_doc_take(struct bytes *text, const char *name, enum json_form form, struct json_doc **out,
                  struct err *e);
void json_doc_free(struct json_doc *doc); /* NULL-safe */
/* The text is not needed any more: it was read and found good. What is refused later is placed in
 * the canonical bytes. Half the memory of a large file. */
void json_doc_settle(struct json_doc *doc);

struct json json_root(const struct json_doc *doc);
/* The value whose first byte is `at`, which lies in the document's canonical bytes. */
struct json json_at(const struct json_doc *doc, const uint8_t *at);
const char *json_doc_name(const struct json_doc *doc);
/* The reader of the document in which the value is takes what old tools wrote: see old_form.h. */
void json_allow_old_forms(struct json v);
bool json_old_forms(struct json v);

/* The canonical bytes of a value. */
struct span json_span(struct json v);
enum json_kind json_kind(struct json v);
const char *json_kind_name(enum json_kind kind); /* "an object", "a string", ... */

struct json_iter json_iter_of(struct json container);
/* False at the end. `name` is a JSON_STRING view for objects and may be NULL. */
bool json_next(struct json_iter *it, struct json *name, struct json *value);
size_t json_count(struct json container); /* members or elements; walks the container */

/* A member of an object; false when absent or when `object` is no object. */
bool json_get(struct json object, const char *name, struct json *out);
/* A member that must be there, of that kind. Errors: ERR_INPUT. */
int json_need(struct json object, const char *name, enum json_kind kind, struct json *out,
              struct err *e);
/* Refuses members other than the NULL-terminated `known`. Errors: ERR_INPUT naming the member. */
int json_only(struct json object, const char *const *known, struct err *e);

/* A string's UTF-8 text, appended to `out`; `v` must be a JSON_STRING. */
void json_text(struct json v, struct bytes *out);
/* The same as a heap string that the caller frees; NULL when out of memory. Strings hold no NUL. */
char *json_strdup(struct json v);
/* The same of what must be a string, else ERR_INPUT with `refusal`. Errors: also ERR_INTERNAL. */
int json_take_text(struct json v, const char *refusal, char **out, struct err *e);
/* What stands between a string's quotes, where nothing that JSON escapes can be right. */
struct span json_inside(struct json v);
bool json_text_is(struct json v, const char *s); /* false for other kinds */
/* The order of two JSON_STRINGs, which is that of an object's members: <0, 0, >0. */
int json_text_cmp(struct json a, struct json b);
int64_t json_integer(struct json v); /* `v` must be a JSON_INTEGER */
bool json_true(struct json v);       /* true only for the literal true */

/* A refusal of `at` on grounds of meaning: ERR_INPUT with where = "FILE:LINE:COLUMN, PATH". The
 * place is looked up in the original text only now. Returns -1. */
int json_refuse(struct json at, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "signed.roles.root.threshold"; names that are no identifiers are quoted: keys["a b"], list[3]. */
void json_path(struct json v, struct bytes *out);

/* Writes canonical bytes as RFC 8259 text with `indent` spaces a level (0: on one line), control
 * characters escaped. Reading it back gives the same canonical bytes. */
void json_print(struct span canonical, unsigned indent, struct bytes *out);

/* The same a line at a time, so that a large file need not be printed to show a part of it. A copy
 * of the struct goes on from the same place. */
struct json_lines {
    struct span in;
    unsigned indent;
    size_t depth; /* as deep inside something else; 0 */
    size_t at;
};

void json_lines_init(struct json_lines *l, struct span canonical, unsigned indent);
/* The next line, appended without its newline; `out` may be NULL. False at the end. */
bool json_lines_next(struct json_lines *l, struct bytes *out);

/* Appends `s` as a JSON string with its quotes, escaped by RFC 8259. */
void json_put_string(struct bytes *out, struct span s);

/* Writes JSON text member by member, with commas where they belong. `name` is NULL at the top and
 * in arrays; `bracket` is '{' or '[', at the end '}' or ']'; a raw value is JSON text itself. */
void json_begin(struct bytes *out, const char *name, char bracket);
void json_end(struct bytes *out, char bracket);
void json_add_text(struct bytes *out, const char *name, const char *text);
void json_add_integer(struct bytes *out, const char *name, int64_t value);
void json_add_bool(struct bytes *out, const char *name, bool value);
void json_add_raw(struct bytes *out, const char *name, struct span value);

#endif
