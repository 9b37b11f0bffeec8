/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work.h"

#include "feed-client.h"
#include "feed-list.h"
#include "feed-sign.h"
#include "names.h"

#include <inttypes.h>

static void staged_name(const FeedPayload *payload, char ret[static 64])
{
        (void) snprintf(ret, 64, "staged/%s.json", payload->name);
}

int work_load_staged(const Work *work, const FeedPayload *payload, DsseEnvelope **ret, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        char name[64];
        size_t size;
        int r;

        staged_name(payload, name);
        r = work_read(work, name, ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = feed_sign_open(payload, &text, size, ret, f);
        return r < 0 ? r : 1;
}

int work_store_staged(const Work *work, const FeedPayload *payload, const DsseEnvelope *e, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        char name[64];
        int r;

        staged_name(payload, name);
        /* An envelope needs a signature to be one. */
        if (e->n_signatures == 0)
                return work_write(work, name, e->payload, e->payload_size, f);
        r = feed_sign_encode(e, &text, f);
        return r < 0 ? r : work_write(work, name, text, strlen(text), f);
}

/* Verifies a root as the next one, and says which file it becomes. */
static int check_root(Work *work, const DsseEnvelope *e, char *ret_name, size_t size, Failure *f)
{
        Root *next = NULL;
        int r;

        r = root_follow(work->root, e, &next, f);
        if (r < 0)
                return r;
        (void) snprintf(ret_name, size, FEED_PATH_ROOT, next->version);
        if (!root_role_is_same(work->root, next, ROOT_ROLE_FEED))
                puts("The keys of the role feed are others: 'stage --renew' makes a feed for them to sign.");
        if (!root_role_is_same(work->root, next, ROOT_ROLE_PATCH))
                puts("The keys of the role patch are others: sign the manifests with them, and 'add' them again.");
        root_free(work->root);
        work->root = next;
        return 0;
}

static int check_role(const Work *work, RootRole role, const DsseEnvelope *e, const char *name,
                      char *ret_name, size_t size, Failure *f)
{
        (void) snprintf(ret_name, size, "%s", name);
        return root_verify_role(work->root, role, e, e->payload_type, f);
}

static int check(Work *work, const FeedPayload *payload, const DsseEnvelope *e, char *ret_name, size_t size,
                 Failure *f)
{
        if (streq(payload->type, PAYLOAD_TYPE_ROOT))
                return check_root(work, e, ret_name, size, f);
        if (streq(payload->type, PAYLOAD_TYPE_FEED))
                return check_role(work, ROOT_ROLE_FEED, e, "feed.json", ret_name, size, f);
        return check_role(work, ROOT_ROLE_TIMESTAMP, e, FEED_PATH_TIMESTAMP, ret_name, size, f);
}

int work_promote(Work *work, const FeedPayload *payload, const DsseEnvelope *e, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        char name[FEED_PATH_SIZE], staged[64];
        FileRef file;
        int r;

        r = check(work, payload, e, name, sizeof(name), f);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return 0;
        r = feed_sign_encode(e, &text, f);
        if (r < 0)
                return r;
        /* The feed is named by its hash: it is there before what could name it. */
        if (streq(payload->type, PAYLOAD_TYPE_FEED)) {
                r = work_put_object(work, text, strlen(text), &file, f);
                if (r < 0)
                        return r;
        }
        r = work_write(work, name, text, strlen(text), f);
        if (r < 0)
                return r;
        staged_name(payload, staged);
        if (faccessat(work->dir_fd, staged, F_OK, 0) == 0)
                r = work_remove(work, staged, f);
        return r < 0 ? r : 1;
}

int work_settle(Work *work, const FeedPayload *payload, const DsseEnvelope *e, Failure *f)
{
        _cleanup_failure_ Failure why = {};
        int r;

        r = work_promote(work, payload, e, &why);
        if (r < 0)
                return failure_set(f, why.kind, "%s", failure_sentence(&why));
        if (r > 0) {
                printf("The %s is signed and in force.\n", payload->name);
                return 0;
        }
        r = work_store_staged(work, payload, e, f);
        if (r < 0)
                return r;
        printf("The %s waits in %s/staged. %s\n", payload->name, work->path,
               e->n_signatures == 0 ? "Nobody has signed it yet." : failure_sentence(&why));
        return 0;
}

int work_current_timestamp(const Work *work, Timestamp *ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        *ret = (Timestamp){};
        r = work_read(work, FEED_PATH_TIMESTAMP, TIMESTAMP_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = dsse_decode(text, size, &e, f);
        if (r < 0)
                return r;
        r = dsse_check_type(e, PAYLOAD_TYPE_TIMESTAMP, f);
        return r < 0 ? r : timestamp_parse(e->payload, e->payload_size, ret, f);
}

int work_current_feed(const Work *work, uint64_t *ret_version, FileRef *ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        _cleanup_free_ char *text = NULL;
        Timestamp t;
        size_t size;
        int r;

        r = work_read(work, "feed.json", ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r < 0)
                return r;
        if (r == 0) {
                r = work_current_timestamp(work, &t, f);
                *ret_version = t.feed_version;
                *ret = t.feed;
                return r;
        }
        r = dsse_decode(text, size, &e, f);
        if (r < 0)
                return r;
        r = dsse_check_type(e, PAYLOAD_TYPE_FEED, f);
        if (r < 0)
                return r;
        r = feed_list_parse(e->payload, e->payload_size, &list, f);
        if (r < 0)
                return r;
        *ret_version = list->head.version;
        file_ref_make(text, size, ret);
        return 0;
}

int work_feed_expires(const Work *work, const FileRef *feed, time_t *ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(feed_list_freep) FeedList *list = NULL;
        _cleanup_free_ char *text = NULL;
        char path[FILE_REF_PATH_SIZE];
        size_t size;
        int r;

        file_ref_path(feed, path);
        r = work_read(work, path, ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r < 0)
                return r;
        if (r == 0)
                return failure_set(f, FAILURE_FEED_INCOMPLETE, "%s lacks its feed, %s.", work->path, path);
        r = dsse_decode(text, size, &e, f);
        if (r >= 0)
                r = feed_list_parse(e->payload, e->payload_size, &list, f);
        if (r < 0)
                return r;
        *ret = list->head.expires;
        return 0;
}
