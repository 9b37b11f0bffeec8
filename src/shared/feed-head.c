/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-head.h"

#include "json-typed.h"

int feed_head_read(const JsonPlace *document, const char *type, FeedHead *ret)
{
        const char *text;
        FeedHead head;
        int r;

        r = json_read_string(document, "type", true, 32, &text);
        if (r < 0)
                return r;
        if (!streq(text, type))
                return json_place_fail(document, "type", "says that it is something else");
        r = json_read_integer(document, "version", true, JSON_INTEGER_MAX, &head.version);
        if (r < 0)
                return r;
        if (head.version == 0)
                return json_place_fail(document, "version", "is 0; the first is 1");
        r = json_read_date(document, "issued", true, &head.issued);
        if (r < 0)
                return r;
        r = json_read_date(document, "expires", true, &head.expires);
        if (r < 0)
                return r;
        *ret = head;
        return 0;
}

int feed_head_write(struct json_object *document, const char *type, const FeedHead *head)
{
        int r;

        r = json_write_string(document, "type", type);
        if (r < 0)
                return r;
        r = json_write_integer(document, "version", head->version);
        if (r < 0)
                return r;
        r = json_write_date(document, "issued", head->issued);
        if (r < 0)
                return r;
        return json_write_date(document, "expires", head->expires);
}
