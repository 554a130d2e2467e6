/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/record/command_line.h"
#include "ceremony/record/transcript.h"
#include "ceremony/review/client_words.h"
#include "ceremony/ui/view.h"

static int client_enter(struct walk *w, struct err *e)
{
    struct bytes text = {0};

    client_report_clear(&w->report);
    publication_clear(&w->files);
    if (act_client_view(w->c, &w->report, &w->files, e) != 0) {
        w->under = VIEW_SIGNATURES;
        return -1;
    }
    lines_free(w->lines);
    if ((w->lines = lines_new()) == NULL)
        return err_oom(e);
    publication_words(&w->files, &text);
    return lines_add_text(w->lines, &text, e) == 0
               ? client_delegated_words(ceremony_plan(w->c), &w->report, &w->files, w->lines, e)
               : -1;
}

static void client_draw(const struct walk *w, struct page *p)
{
    const struct plan *plan = ceremony_plan(w->c);

    page_line(p, INK_STRONG,
              plan->first_root
                  ? "A client that is shipped with the new root accepts the files that "
                    "are marked ok:"
                  : "A client accepts the files that are marked ok:");
    if (plan->first_root)
        page_line(p, INK_WARN, "No client that trusts root v%" PRId64 " or an older one follows.",
                  plan->trusted->root->head.version);
    page_gap(p);
    for (size_t i = 0; i < w->report.n; i++)
        if (!client_row_delegated(&w->report.rows[i])) {
            struct bytes text = {0};

            client_row_words(&w->report.rows[i], &w->files, &text);
            page_line(p, w->report.rows[i].verdict == CLIENT_ABSENT ? INK_FAINT : INK_GOOD, "%s",
                      memory_text(&text));
            bytes_clear(&text);
        }
    page_gap(p);
    page_line(p, INK_PLAIN,
              "The program did what clients do: follow the root, count the signatures of different "
              "keys, look at the dates. It did not look at what is marked --.");
    if (w->lines != NULL && lines_count(w->lines) > 0) {
        page_gap(p);
        if (w->files.n == 0)
            page_line(p, INK_PLAIN, "Delegated roles, what is not here first:");
        p->rest = w->lines;
    }
    page_key(p, "Enter", "continue to the bundle");
}

static int client_key(struct walk *w, int key, struct err *e)
{
    if (key != TERM_ENTER)
        return 0;
    return walk_go(
        w, station_matters(walk_session(w), STATION_ONE_TIME) ? STATION_ONE_TIME : STATION_BUNDLE,
        e);
}

const struct view view_client = {
    .name = "client",
    .parent = VIEWS,
    .draw = client_draw,
    .enter = client_enter,
    .key = client_key,
    .help =
        "Before anything leaves this room, the program plays the TUF client over it. Only what a "
        "client accepts gets into the bundle.",
};

static const char *destination(const struct walk *w)
{
    return w->o->destination != NULL ? w->o->destination : ceremony_store(w->c)->path;
}

static void bundle_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    uint8_t digest[SHA256_SIZE] = {0};

    if (!s->bundle_written) {
        page_paragraph(p, INK_STRONG, "Write the bundle?");
        page_line(p, INK_PLAIN, "It goes to %s", destination(w));
        page_paragraph(p, INK_PLAIN,
                       "as the folder 'bundle' and the file 'bundle.tar'. It is read back "
                       "and compared.");
        page_line(p, INK_PLAIN, "There is no secret in it.");
        page_key(p, "Enter", "write it");
    } else {
        (void)hex_read(span_str(s->bundle_manifest), digest, sizeof digest);
        page_paragraph(p, INK_STRONG, "The bundle is written, read back, and the same.");
        page_paragraph(p, INK_PLAIN, "%s/bundle.tar", s->bundle_destination);
        page_line(p, INK_PLAIN, "Digest of its manifest.json, to write down:");
        page_digest(p, digest, 8);
        page_key(p, "Enter", "continue");
        page_key(p, "w", "write it again");
    }
    page_key(p, "n", "new bags");
}

static int bundle_key(struct walk *w, int key, struct err *e)
{
    bool written = walk_session(w)->bundle_written;
    struct store *dest = NULL;
    int rc = 0;

    if (key == 'n')
        return walk_show(w, VIEW_BAGS, e);
    if (key == TERM_ENTER && written)
        return walk_go(w, STATION_CLOSING, e);
    if (key != TERM_ENTER && !(key == 'w' && written))
        return 0;
    if (w->o->destination != NULL)
        rc = store_open(w->o->destination, &dest, e);
    bundle_clear(&w->bundle);
    if (rc == 0)
        rc = bundle_write(w->c, dest != NULL ? dest : ceremony_store(w->c), &w->bundle, e);
    store_free(dest);
    return rc;
}

const struct view view_bundle = {
    .name = "bundle",
    .parent = VIEWS,
    .draw = bundle_draw,
    .key = bundle_key,
    .help =
        "The bundle holds the signed metadata under the names that a web server needs, the public "
        "keys, the transcript, the journal, and a manifest with the digest of every file. It can "
        "be written as often as you like, and is the same byte for byte.",
};

static int closing_enter(struct walk *w, struct err *e)
{
    bytes_clear(&w->text);
    if (transcript_write(w->c, walk_session(w)->covered, &w->text, e) != 0)
        return -1;
    return sha256(bytes_span(&w->text), w->digest) == 0 ? 0 : err_oom(e);
}

static void closing_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "Read the transcript together, then close the ceremony.");
    page_text(p, INK_PLAIN, 0, span_str(memory_text(&w->text)));
    page_key(p, "Enter", "continue to close it");
    page_key(p, "PgUp/PgDn", "read");
}

static int closing_key(struct walk *w, int key, struct err *e)
{
    return key == TERM_ENTER ? walk_show(w, VIEW_CLOSE_WORD, e) : 0;
}

const struct view view_closing = {
    .name = "closing",
    .parent = VIEWS,
    .draw = closing_draw,
    .enter = closing_enter,
    .key = closing_key,
    .help = "The transcript lists who was here, what happened and with which digests. It is in the "
            "bundle as transcript.txt: print it on another machine, and sign it by hand.",
};

static void close_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "The digest of transcript.txt, to write down:");
    page_digest(p, w->digest, 8);
    page_gap(p);
    page_paragraph(p, INK_PLAIN,
                   "After closing, nothing can be added to this ceremony. The bundle can "
                   "still be written again.");
    page_field(p, true, "To close the ceremony, type the word close:", w->input.text);
    page_key(p, "Enter", "close");
}

static int close_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, "close"))
        return 0;
    if (bundle_close(w->c, w->digest, e) != 0)
        return -1;
    return walk_show(w, VIEW_CLOSED, e);
}

const struct view view_close_word = {
    .name = "close_word",
    .parent = VIEW_CLOSING,
    .types = TYPE_LINE,
    .draw = close_draw,
    .key = close_key,
    .help =
        "Closing is the last line of the journal. Whoever wants more signatures, another copy or "
        "a correction does it before.",
};

static void closed_draw(const struct walk *w, struct page *p)
{
    struct bytes command = {0};

    if (ceremony_unknown(w->c))
        page_line(p, INK_ALARM,
                  "The ceremony is closed, as its journal states. This machine does not know that "
                  "journal: only the check of the bundle counts.");
    else
        page_line(p, INK_GOOD, "The ceremony is closed. Well done.");
    page_gap(p);
    page_line(p, INK_PLAIN, "1.  Every keyholder puts the token into its new bag.");
    page_line(p, INK_PLAIN, "2.  Take %s/bundle.tar to the operator.",
              walk_session(w)->bundle_destination);
    page_line(p, INK_PLAIN, "3.  Print transcript.txt; compare the digests; everybody signs.");
    page_line(p, INK_PLAIN, "4.  The operator checks the bundle. On this machine:");
    command_line_verify(w->c, &command);
    page_indented(p, INK_STRONG, 4, "%s", memory_text(&command));
    bytes_clear(&command);
    page_indented(p, INK_PLAIN, 4, "Elsewhere with %s.",
                  plan_followed_root(ceremony_plan(w->c)) != NULL
                      ? "the root that clients have, not one from the bundle"
                      : "that root, its digest compared with the signed pages");
    page_line(p, INK_PLAIN, "5.  Keep the bundle in at least two places.");
    if (ceremony_plan(w->c)->first_root)
        page_line(
            p, INK_WARN,
            "6.  No client follows from the root before: bring the new root to every client by "
            "another way.");
    if (ceremony_plan(w->c)->rehearsal) {
        page_gap(p);
        page_line(p, INK_ALARM, "This was a REHEARSAL: the keys are worthless.");
    }
    page_key(p, "Enter", "leave");
}

static int closed_key(struct walk *w, int key, struct err *e)
{
    (void)e;
    if (key == TERM_ENTER)
        w->left = true;
    return 0;
}

const struct view view_closed = {
    .name = "closed",
    .parent = VIEWS,
    .esc = "",
    .draw = closed_draw,
    .key = closed_key,
    .help = "The ceremony's guide has a chapter about publishing and archiving.",
};
