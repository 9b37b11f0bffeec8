/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-payload.h"

#include "feed-file.h"
#include "feed-list.h"
#include "manifest.h"
#include "names.h"
#include "root.h"
#include "timestamp.h"

static int manifest_check(const void *data, size_t size, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;

        return manifest_parse(data, size, &m, f);
}

static int manifest_print(const void *data, size_t size, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = manifest_parse(data, size, &m, f);
        if (r < 0)
                return r;
        r = manifest_format(m, &text, f);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

static int root_check(const void *data, size_t size, Failure *f)
{
        _cleanup_(root_freep) Root *root = NULL;

        return root_parse("root", data, size, &root, f);
}

static int root_print(const void *data, size_t size, Failure *f)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = root_parse("root", data, size, &root, f);
        if (r < 0)
                return r;
        r = root_format(root, &text, f);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

static int feed_check(const void *data, size_t size, Failure *f)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL;

        return feed_list_parse(data, size, &list, f);
}

static int feed_print(const void *data, size_t size, Failure *f)
{
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = feed_list_parse(data, size, &list, f);
        if (r < 0)
                return r;
        r = feed_list_format(list, &text, f);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

static int timestamp_check(const void *data, size_t size, Failure *f)
{
        Timestamp t;

        return timestamp_parse(data, size, &t, f);
}

static int timestamp_print(const void *data, size_t size, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        Timestamp t;
        int r;

        r = timestamp_parse(data, size, &t, f);
        if (r < 0)
                return r;
        r = timestamp_format(&t, &text, f);
        if (r < 0)
                return r;
        fputs(text, stdout);
        return 0;
}

static const FeedPayload payloads[] = {
        { "manifest", PAYLOAD_TYPE_MANIFEST, manifest_check, manifest_print },
        { "root", PAYLOAD_TYPE_ROOT, root_check, root_print },
        { "feed", PAYLOAD_TYPE_FEED, feed_check, feed_print },
        { "timestamp", PAYLOAD_TYPE_TIMESTAMP, timestamp_check, timestamp_print },
};

const FeedPayload *feed_payload_find_name(const char *name)
{
        FOREACH_ARRAY (payload, payloads, ELEMENTSOF(payloads))
                if (streq(payload->name, name))
                        return payload;
        return NULL;
}

const FeedPayload *feed_payload_find_type(const char *type)
{
        FOREACH_ARRAY (payload, payloads, ELEMENTSOF(payloads))
                if (streq(payload->type, type))
                        return payload;
        return NULL;
}

const FeedPayload *feed_payload_guess(const void *data, size_t size)
{
        FOREACH_ARRAY (payload, payloads, ELEMENTSOF(payloads))
                if (payload->check(data, size, NULL) >= 0)
                        return payload;
        return NULL;
}

int feed_envelope_read(const char *path, DsseEnvelope **ret, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = feed_file_read(path, "envelope", ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r < 0)
                return r;
        return dsse_decode(text, size, ret, f);
}
