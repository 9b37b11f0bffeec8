/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-trust.h"

#include "json-typed.h"

#define FORMAT 1

FeedTrust *feed_trust_free(FeedTrust *trust)
{
        if (!trust)
                return NULL;
        dsse_free(trust->envelope);
        root_free(trust->root);
        free(trust);
        return NULL;
}

int feed_trust_new(const char *name, const void *anchor, size_t size, FeedTrust **ret, Failure *f)
{
        _cleanup_(feed_trust_freep) FeedTrust *trust = calloc(1, sizeof(*trust));
        int r;

        if (!trust)
                return failure_set_errno(f, -ENOMEM, "Cannot read the trust root");
        r = dsse_decode(anchor, size, &trust->envelope, f);
        if (r < 0)
                return r;
        r = root_from_envelope(name, trust->envelope, &trust->root, f);
        if (r < 0)
                return r;
        file_ref_make(anchor, size, &trust->anchor);
        *ret = TAKE_PTR(trust);
        return 0;
}

int feed_trust_advance(FeedTrust *trust, DsseEnvelope **e, Failure *f)
{
        Root *next = NULL;
        int r;

        r = root_follow(trust->root, *e, &next, f);
        if (r < 0)
                return r;
        if (!root_role_is_same(trust->root, next, ROOT_ROLE_TIMESTAMP)) {
                trust->timestamp_version = 0;
                trust->timestamp = (FileRef){};
                trust->issued = 0;
        }
        if (!root_role_is_same(trust->root, next, ROOT_ROLE_FEED)) {
                trust->feed_version = 0;
                trust->feed = (FileRef){};
        }
        root_free(trust->root);
        dsse_free(trust->envelope);
        trust->root = next;
        trust->envelope = TAKE_PTR(*e);
        return 0;
}

static int read_root(const JsonPlace *document, const char *name, FeedTrust *trust)
{
        const char *text;
        int r;

        r = json_read_string(document, "root", true, ENVELOPE_SIZE_MAX, &text);
        if (r < 0)
                return r;
        r = dsse_decode(text, strlen(text), &trust->envelope, NULL);
        if (r >= 0)
                r = root_from_envelope(name, trust->envelope, &trust->root, NULL);
        /* Damage has the host begin anew; want of memory must not. */
        if (r == -ENOMEM)
                return failure_set_errno(document->failure, r, "Cannot read the feed's state");
        return r < 0 ? json_place_fail(document, "root", "is not a signed trust root") : 0;
}

/* A version and the file that it stands for; both are there or none. */
static int read_seen(const JsonPlace *document, const char *name, uint64_t *ret_version, FileRef *ret,
                     time_t *ret_issued)
{
        JsonPlace place;
        int r;

        r = json_read_object(document, name, false, &place);
        if (r <= 0)
                return r;
        r = json_read_integer(&place, "version", true, JSON_INTEGER_MAX, ret_version);
        if (r < 0)
                return r;
        if (*ret_version == 0)
                return json_place_fail(&place, "version", "is 0");
        if (ret_issued) {
                r = json_read_date(&place, "issued", true, ret_issued);
                if (r < 0)
                        return r;
        }
        return file_ref_read(document, name, true, ENVELOPE_SIZE_MAX, ret);
}

int feed_trust_parse(const char *name, const void *data, size_t size, FeedTrust **ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        _cleanup_(feed_trust_freep) FeedTrust *trust = calloc(1, sizeof(*trust));
        JsonPlace document = { .document = "feed's state", .kind = FAILURE_STATE_CORRUPT, .failure = f };
        uint64_t format;
        int r;

        if (!trust)
                return failure_set_errno(f, -ENOMEM, "Cannot read the feed's state");
        r = json_read_document(data, size, &document, &owner);
        if (r < 0)
                return r;
        r = json_read_integer(&document, "format", true, JSON_INTEGER_MAX, &format);
        if (r < 0)
                return r;
        if (format != FORMAT)
                return json_place_fail(&document, "format", "is not 1");
        r = file_ref_read(&document, "anchor", true, ENVELOPE_SIZE_MAX, &trust->anchor);
        if (r < 0)
                return r;
        r = read_root(&document, name, trust);
        if (r < 0)
                return r;
        r = read_seen(&document, "timestamp", &trust->timestamp_version, &trust->timestamp, &trust->issued);
        if (r < 0)
                return r;
        r = read_seen(&document, "feed", &trust->feed_version, &trust->feed, NULL);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(trust);
        return 0;
}

static int write_seen(struct json_object *document, const char *name, uint64_t version, const FileRef *ref,
                      const time_t *issued)
{
        struct json_object *entry;
        int r;

        if (version == 0)
                return 0;
        r = file_ref_write(document, name, ref);
        if (r < 0)
                return r;
        entry = json_object_object_get(document, name);
        r = json_write_integer(entry, "version", version);
        if (r < 0)
                return r;
        return issued ? json_write_date(entry, "issued", *issued) : 0;
}

static int format(const FeedTrust *trust, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        _cleanup_free_ char *root = NULL;
        int r;

        if (!document)
                return -ENOMEM;
        r = json_write_integer(document, "format", FORMAT);
        if (r < 0)
                return r;
        r = file_ref_write(document, "anchor", &trust->anchor);
        if (r < 0)
                return r;
        r = dsse_encode(trust->envelope, &root, NULL);
        if (r < 0)
                return r;
        r = json_write_string(document, "root", root);
        if (r < 0)
                return r;
        r = write_seen(document, "timestamp", trust->timestamp_version, &trust->timestamp, &trust->issued);
        if (r < 0)
                return r;
        r = write_seen(document, "feed", trust->feed_version, &trust->feed, NULL);
        return r < 0 ? r : json_write_text(document, JSON_INDENTED, ret_text);
}

int feed_trust_format(const FeedTrust *trust, char **ret_text, Failure *f)
{
        int r = format(trust, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the feed's state") : 0;
}
