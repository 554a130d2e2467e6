/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_area.h - what laying out a page is made of: the area that its lines have, and one line in
 * it.
 */
#ifndef CEREMONY_UI_PAGE_AREA_H
#define CEREMONY_UI_PAGE_AREA_H

#include "ceremony/ui/page.h"

struct area {
    int top, left, rows, cols;
};

/* Draws one line, folded, from row `row` of the area (may be negative or behind its end); `s` may
 * be NULL to measure only. Returns the rows it takes. */
int page_put_line(const struct page_line *l, const struct page_frame *f, const struct area *a,
                  int row, struct screen *s);
/* A page of any length: only what is in sight is made and measured. */
void page_put_long(const struct page *p, const struct page_frame *f, const struct area *a,
                   struct screen *s, struct page_view *view);

#endif
