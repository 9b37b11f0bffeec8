/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "timestamp.h"

#include "json-typed.h"

int timestamp_parse(const void *data, size_t size, Timestamp *ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        JsonPlace document = { .document = "timestamp", .kind = FAILURE_METADATA_INVALID, .failure = f };
        JsonPlace feed;
        Timestamp t;
        int r;

        r = json_read_document(data, size, &document, &owner);
        if (r < 0)
                return r;
        r = feed_head_read(&document, "timestamp", &t.head);
        if (r < 0)
                return r;
        r = json_read_integer(&document, "root", true, JSON_INTEGER_MAX, &t.root_version);
        if (r < 0)
                return r;
        r = json_read_object(&document, "feed", true, &feed);
        if (r < 0)
                return r;
        r = json_read_integer(&feed, "version", true, JSON_INTEGER_MAX, &t.feed_version);
        if (r < 0)
                return r;
        if (t.root_version == 0 || t.feed_version == 0)
                return json_place_fail(&document, t.feed_version == 0 ? "feed.version" : "root",
                                       "is 0; the first is 1");
        r = file_ref_read(&document, "feed", true, ENVELOPE_SIZE_MAX, &t.feed);
        if (r < 0)
                return r;
        *ret = t;
        return 0;
}

static int format(const Timestamp *t, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        struct json_object *feed;
        int r;

        if (!document)
                return -ENOMEM;
        r = feed_head_write(document, "timestamp", &t->head);
        if (r < 0)
                return r;
        r = json_write_integer(document, "root", t->root_version);
        if (r < 0)
                return r;
        r = file_ref_write(document, "feed", &t->feed);
        if (r < 0)
                return r;
        feed = json_object_object_get(document, "feed");
        r = json_write_integer(feed, "version", t->feed_version);
        if (r < 0)
                return r;
        /* It is fetched at each poll: no byte more than it takes. */
        return json_write_text(document, JSON_C_TO_STRING_PLAIN, ret_text);
}

int timestamp_format(const Timestamp *t, char **ret_text, Failure *f)
{
        int r = format(t, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the timestamp") : 0;
}
