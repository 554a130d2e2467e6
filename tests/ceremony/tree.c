/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "years.h"

static const char plan[] =
    "{\"tuf-ceremony-plan\": 1, \"title\": \"A tree\",\n"
    " \"keyholders\": [{\"name\": \"Alice\"}, {\"name\": \"Bo\"}, {\"name\": \"Chen\"},\n"
    "  {\"name\": \"Dee\"}, {\"name\": \"Ee\"}],\n"
    " \"online_keys\": [{\"name\": \"online\", \"file\": \"online.pem\"}],\n"
    " \"roles\": {\n"
    "  \"root\": {\"keyholders\": [\"Alice\", \"Bo\", \"Chen\", \"Dee\", \"Ee\"], \"threshold\": "
    "3,\n"
    "   \"expires\": \"1 year\"},\n"
    "  \"targets\": {\"same_keys_as\": \"root\", \"threshold\": 3, \"expires\": \"1 year\"},\n"
    "  \"snapshot\": {\"online_keys\": [\"online\"], \"threshold\": 1},\n"
    "  \"timestamp\": {\"online_keys\": [\"online\"], \"threshold\": 1}},\n"
    " \"delegations\": [\n"
    "  {\"name\": \"targets/simple\", \"keyholders\": [\"Alice\", \"Bo\", \"Chen\"],\n"
    "   \"threshold\": 2, \"expires\": \"1 year\", \"paths\": [\"simple/*/*\"]},\n"
    "  {\"name\": \"targets/packages/{version}/{letter}\", \"same_keys_as\": \"targets/simple\",\n"
    "   \"each\": {\"version\": [\"2.7\", \"source\"], \"letter\": [\"A\", \"D\"]},\n"
    "   \"threshold\": 2, \"expires\": \"1 year\",\n"
    "   \"paths\": [\"packages/{version}/{letter}/*/*\"], \"terminating\": true},\n"
    "  {\"name\": \"bins\", \"same_keys_as\": \"targets/simple\", \"threshold\": 2,\n"
    "   \"expires\": \"1 year\", \"hash_prefixes\": [\"0\", \"1\", \"2\", \"3\", \"4\", \"5\", "
    "\"6\",\n"
    "   \"7\", \"8\", \"9\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]},\n"
    "  {\"name\": \"bin-{bin}\", \"by\": \"bins\", \"same_keys_as\": \"targets/simple\",\n"
    "   \"threshold\": 1, \"expires\": \"1 year\", \"bins\": 16}],\n"
    " \"sign\": [\"root\", \"targets\", \"targets/simple\",\n"
    "  \"targets/packages/{version}/{letter}\", \"bins\", \"bin-{bin}\"]}\n";

void tree_make(struct room *r)
{
    room_make(r);
    room_write(r, "plan.json", span_str(plan));
}

void tree_next(struct room *r, const struct room *before)
{
    const struct derive_wish wish = {.title = "A year later"};

    years_next(r, before, &wish);
}

void tree_read(const struct room *r, const char *name, struct bytes *out)
{
    char path[160];

    snprintf(path, sizeof path, "bundle/metadata/%s", name);
    room_read(r, path, out);
}
