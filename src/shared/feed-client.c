/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-client.h"

#include <inttypes.h>

/* A host may have slept through many roots, but no server can keep it busy with them for ever. */
#define ROOTS_MAX 256

struct FeedClient {
        FeedTrust *trust;
        FeedClientOptions options;
        FeedRequest request;
        size_t n_roots; /* fetched so far */
        DsseEnvelope *timestamp_envelope;
        Timestamp timestamp;
        bool has_timestamp;
        FeedList *list;
        FileRef index_file;
        FeedIndex *index;
        Failure pending; /* why the present root does not do */
};

FeedClient *feed_client_free(FeedClient *client)
{
        if (!client)
                return NULL;
        dsse_free(client->timestamp_envelope);
        feed_list_free(client->list);
        feed_index_free(client->index);
        failure_clear(&client->pending);
        free(client);
        return NULL;
}

static int decode_here(void *context, const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        return dsse_decode(text, size, ret, f);
}

int feed_client_new(FeedTrust *trust, const FeedClientOptions *options, FeedClient **ret, Failure *f)
{
        FeedClient *client = calloc(1, sizeof(*client));

        if (!client)
                return failure_set_errno(f, -ENOMEM, "Cannot refresh the feed");
        client->trust = trust;
        client->options = *options;
        if (!client->options.decode)
                client->options.decode = decode_here;
        client->request = (FeedRequest){
                .step = FEED_STEP_TIMESTAMP,
                .path = FEED_PATH_TIMESTAMP,
                .size_max = TIMESTAMP_SIZE_MAX,
        };
        *ret = client;
        return 0;
}

const FeedRequest *feed_client_next(const FeedClient *client)
{
        return client->request.step == FEED_STEP_END ? NULL : &client->request;
}

time_t feed_client_now(const FeedClient *client)
{
        time_t issued = client->trust->issued;

        return client->options.now < issued ? issued : client->options.now;
}

static int decode(FeedClient *client, const void *data, size_t size, DsseEnvelope **ret, Failure *f)
{
        return client->options.decode(client->options.context, data, size, ret, f);
}

/* Asks for a file that signed metadata names. */
static void request_file(FeedClient *client, FeedStep step, const FileRef *file)
{
        char path[FILE_REF_PATH_SIZE];

        file_ref_path(file, path);
        client->request = (FeedRequest){ .step = step, .size_max = file->size, .file = file };
        (void) snprintf(client->request.path, sizeof(client->request.path), "%s", path);
}

/* Asks for the root after the present one, as why says that the present one does not do. */
static int request_root(FeedClient *client, Failure *why, Failure *f)
{
        if (client->n_roots == ROOTS_MAX)
                return failure_set(f, FAILURE_ROOT_INVALID,
                                   "The feed has more than %d new trust roots; the rest is for next time.",
                                   ROOTS_MAX);
        client->n_roots++;
        failure_clear(&client->pending);
        client->pending = *why;
        *why = (Failure){};
        client->request = (FeedRequest){ .step = FEED_STEP_ROOT, .size_max = ENVELOPE_SIZE_MAX };
        (void) snprintf(client->request.path, sizeof(client->request.path), FEED_PATH_ROOT,
                        client->trust->root->version + 1);
        return 0;
}

static int check_expiry(const FeedClient *client, const FeedHead *head, const char *what, Failure *f)
{
        if (head->expires > feed_client_now(client))
                return 0;
        return failure_set(f, FAILURE_FEED_EXPIRED,
                           "The %s of version %" PRIu64 " has expired; nothing new is installed from it.",
                           what, head->version);
}

/* One version stands for one content: the same again is fine, another is not. */
static int check_version(uint64_t version, const FileRef *file, uint64_t trusted_version,
                         const FileRef *trusted, const char *what, Failure *f)
{
        if (version < trusted_version)
                return failure_set(f, FAILURE_FEED_ROLLBACK,
                                   "The %s has version %" PRIu64 ", older than the %" PRIu64
                                   " that was seen before.",
                                   what, version, trusted_version);
        if (version == trusted_version && !file_ref_equal(file, trusted))
                return failure_set(f, FAILURE_FEED_ROLLBACK,
                                   "The %s of version %" PRIu64 " is another one than that which was seen "
                                   "before.",
                                   what, version);
        return 0;
}

static int accept_timestamp(FeedClient *client, const Timestamp *t, Failure *f)
{
        FeedTrust *trust = client->trust;
        FileRef payload;
        int r;

        file_ref_make(client->timestamp_envelope->payload, client->timestamp_envelope->payload_size,
                      &payload);
        r = check_version(t->head.version, &payload, trust->timestamp_version, &trust->timestamp,
                          "timestamp", f);
        if (r < 0)
                return r;
        r = check_version(t->feed_version, &t->feed, trust->feed_version, &trust->feed, "feed", f);
        if (r < 0)
                return r;
        r = check_expiry(client, &t->head, "timestamp", f);
        if (r < 0)
                return r;
        trust->timestamp_version = t->head.version;
        trust->timestamp = payload;
        if (t->head.issued > trust->issued)
                trust->issued = t->head.issued;
        client->timestamp = *t;
        client->has_timestamp = true;
        request_file(client, FEED_STEP_FEED, &client->timestamp.feed);
        return 0;
}

/* Goes on with the timestamp under the present root, or asks for the next root. The roots are followed no
 * further than the timestamp needs: so a publisher can add a root and then a timestamp, and whoever reads in
 * between is not lost. */
static int try_timestamp(FeedClient *client, Failure *f)
{
        const Root *root = client->trust->root;
        const DsseEnvelope *e = client->timestamp_envelope;
        _cleanup_failure_ Failure why = {};
        Timestamp t;
        int r;

        r = root_verify_role(root, ROOT_ROLE_TIMESTAMP, e, PAYLOAD_TYPE_TIMESTAMP, &why);
        if (r < 0)
                return why.kind == FAILURE_NO_MEMORY || why.kind == FAILURE_PAYLOAD_TYPE_WRONG
                                       ? failure_set(f, why.kind, "%s", failure_sentence(&why))
                                       : request_root(client, &why, f);
        r = timestamp_parse(e->payload, e->payload_size, &t, f);
        if (r < 0)
                return r;
        if (t.root_version > root->version)
                failure_set(&why, FAILURE_FEED_INCOMPLETE,
                            "The feed lacks the trust root of version %" PRIu64 " that it names.",
                            root->version + 1);
        else if (root->expires <= feed_client_now(client))
                failure_set(&why, FAILURE_ROOT_EXPIRED,
                            "The trust root of version %" PRIu64
                            " has expired, and the feed has no newer one.",
                            root->version);
        else
                return accept_timestamp(client, &t, f);
        return request_root(client, &why, f);
}

static int answer_timestamp(FeedClient *client, const void *data, size_t size, Failure *f)
{
        int r = decode(client, data, size, &client->timestamp_envelope, f);

        return r < 0 ? r : try_timestamp(client, f);
}

static int answer_root(FeedClient *client, const void *data, size_t size, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        int r;

        r = decode(client, data, size, &e, f);
        if (r < 0)
                return r;
        r = feed_trust_advance(client->trust, &e, f);
        return r < 0 ? r : try_timestamp(client, f);
}

static int answer_feed(FeedClient *client, const void *data, size_t size, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        FeedTrust *trust = client->trust;
        const FeedKernel *kernel;
        int r;

        r = decode(client, data, size, &e, f);
        if (r < 0)
                return r;
        r = root_verify_role(trust->root, ROOT_ROLE_FEED, e, PAYLOAD_TYPE_FEED, f);
        if (r < 0)
                return r;
        r = feed_list_parse(e->payload, e->payload_size, &client->list, f);
        if (r < 0)
                return r;
        if (client->list->head.version != client->timestamp.feed_version)
                return failure_set(f, FAILURE_METADATA_INVALID,
                                   "The feed has version %" PRIu64 " where the timestamp names %" PRIu64 ".",
                                   client->list->head.version, client->timestamp.feed_version);
        r = check_expiry(client, &client->list->head, "feed", f);
        if (r < 0)
                return r;
        trust->feed_version = client->list->head.version;
        trust->feed = client->timestamp.feed;
        kernel = feed_list_find(client->list, client->options.build_id);
        if (kernel) {
                client->index_file = kernel->index;
                request_file(client, FEED_STEP_INDEX, &client->index_file);
        } else
                client->request.step = FEED_STEP_END;
        return 0;
}

static int answer_index(FeedClient *client, const void *data, size_t size, Failure *f)
{
        _cleanup_(feed_index_freep) FeedIndex *index = NULL;
        int r;

        r = feed_index_parse(data, size, &index, f);
        if (r < 0)
                return r;
        if (memcmp(index->build_id, client->options.build_id, BUILD_ID_SIZE) != 0)
                return failure_set(f, FAILURE_METADATA_INVALID,
                                   "The index that the feed names for this kernel is for another one.");
        client->index = TAKE_PTR(index);
        client->request.step = FEED_STEP_END;
        return 0;
}

static const struct {
        const char *what; /* in sentences */
        int (*answer)(FeedClient *client, const void *data, size_t size, Failure *f);
} steps[] = {
        [FEED_STEP_TIMESTAMP] = { "timestamp", answer_timestamp },
        [FEED_STEP_ROOT] = { "trust root", answer_root },
        [FEED_STEP_FEED] = { "feed", answer_feed },
        [FEED_STEP_INDEX] = { "index", answer_index },
};

static int take(FeedClient *client, const void *data, size_t size, Failure *f)
{
        const FeedRequest *request = &client->request;
        const char *what = steps[request->step].what;
        int r;

        if (size > request->size_max)
                return failure_set(f, FAILURE_TOO_LARGE,
                                   "The %s is larger than %zu bytes, the most that is accepted.", what,
                                   request->size_max);
        if (request->file) {
                r = file_ref_check(request->file, data, size, what, f);
                if (r < 0)
                        return r;
        }
        return steps[request->step].answer(client, data, size, f);
}

int feed_client_answer(FeedClient *client, const void *data, size_t size, Failure *f)
{
        int r;

        if (client->request.step == FEED_STEP_END)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The refresh has ended.");
        r = take(client, data, size, f);
        if (r < 0)
                client->request.step = FEED_STEP_END;
        return r;
}

int feed_client_missing(FeedClient *client, Failure *f)
{
        FeedStep step = client->request.step;

        client->request.step = FEED_STEP_END;
        if (step == FEED_STEP_END)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The refresh has ended.");
        if (step == FEED_STEP_ROOT)
                return failure_set(f, client->pending.kind, "%s", failure_sentence(&client->pending));
        return failure_set(f, FAILURE_FEED_INCOMPLETE, "The feed lacks its %s, %s.", steps[step].what,
                           client->request.path);
}

const Timestamp *feed_client_timestamp(const FeedClient *client)
{
        return client->has_timestamp ? &client->timestamp : NULL;
}

const FeedList *feed_client_list(const FeedClient *client)
{
        return client->list;
}

const FeedIndex *feed_client_index(const FeedClient *client)
{
        return client->index;
}
