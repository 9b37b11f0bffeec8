/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Has the feed's client get what it asks for: from what is kept, else from the downloader. */

#include "fault.h"
#include "log.h"
#include "refresh-cache.h"
#include "refresh-internal.h"
#include "trust.h"

static int decode(void *context, const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        return envelope_parser_decode(context, text, size, ret, f);
}

/* Writes it down where it has moved since. */
static int save_trust(RefreshRun *run, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = feed_trust_format(run->trust, &text, f);
        if (r < 0 || (run->saved && streq(run->saved, text)))
                return r;
        r = trust_save(run->refresh->host, run->refresh->feed->name, run->trust, f);
        if (r < 0)
                return r;
        free(run->saved);
        run->saved = TAKE_PTR(text);
        return 0;
}

static int keep_etag(RefreshRun *run, const FetchEnd *end, Failure *f)
{
        _cleanup_free_ char *etag = strdup(end->etag), *url = strdup(run->url);

        if (!etag || !url)
                return failure_set_errno(f, -ENOMEM, "Cannot download");
        free(run->etag);
        free(run->etag_url);
        run->etag = TAKE_PTR(etag);
        run->etag_url = TAKE_PTR(url);
        return 0;
}

/* The file and its ETag go together, and only once all that it names was had: to be told that it has not
 * changed is of use only to who has it. */
static int keep_timestamp(RefreshRun *run, Failure *f)
{
        RefreshStatus *status = &run->status;
        int r;

        r = refresh_cache_write_named(run->refresh->host, run->refresh->feed->name, REFRESH_CACHE_TIMESTAMP,
                                      run->timestamp, run->timestamp_size, f);
        if (r < 0 || !run->etag)
                return r;
        free(status->etag);
        free(status->etag_url);
        status->etag = TAKE_PTR(run->etag);
        status->etag_url = TAKE_PTR(run->etag_url);
        return 0;
}

/* The kept file may be what is bad, and a server that still has it would have it used for ever. */
static void forget_etag(RefreshStatus *status)
{
        free(status->etag);
        free(status->etag_url);
        status->etag = status->etag_url = NULL;
}

/* The one file that changes. It need not come again where the server still has what is kept. */
static int get_timestamp(RefreshRun *run, const FeedRequest *request, char **ret_data, size_t *ret_size,
                         FetchEnd *end, Failure *f)
{
        const RefreshStatus *status = &run->status;
        _cleanup_free_ char *kept = NULL, *data = NULL;
        size_t kept_size = 0, size = 0;
        const char *etag = NULL;
        int r;

        if (streq_ptr(status->etag_url, run->url) &&
            refresh_cache_read_named(run->refresh->host, run->refresh->feed->name, REFRESH_CACHE_TIMESTAMP,
                                     request->size_max, &kept, &kept_size) >= 0)
                etag = status->etag;
        r = refresh_get(run, request->path, request->size_max, etag, &data, &size, end, f);
        if (r < 0)
                return r;
        if (end->result == FETCH_NOT_MODIFIED && etag) {
                end->result = FETCH_DONE;
                *ret_data = TAKE_PTR(kept);
                *ret_size = kept_size;
                return 0;
        }
        r = keep_etag(run, end, f);
        if (r < 0)
                return r;
        *ret_data = TAKE_PTR(data);
        *ret_size = size;
        return 0;
}

static int get(RefreshRun *run, const FeedRequest *request, char **ret_data, size_t *ret_size, FetchEnd *end,
               Failure *f)
{
        if (request->step == FEED_STEP_TIMESTAMP)
                return get_timestamp(run, request, ret_data, ret_size, end, f);
        if (request->file && refresh_cache_read(run->refresh->host, run->refresh->feed->name, request->file,
                                                ret_data, ret_size) >= 0) {
                *end = (FetchEnd){ .result = FETCH_DONE };
                return 0;
        }
        return refresh_get(run, request->path, request->size_max, NULL, ret_data, ret_size, end, f);
}

/* Keeps what a step was content with. request is not valid any more by then. */
static int keep(RefreshRun *run, const FeedRequest *request, char **data, size_t size, Failure *f)
{
        if (request->step == FEED_STEP_TIMESTAMP) {
                free(run->timestamp);
                run->timestamp = TAKE_PTR(*data);
                run->timestamp_size = size;
                return 0;
        }
        return request->file ? refresh_cache_write(run->refresh->host, run->refresh->feed->name,
                                                   request->file, *data, size, f)
                             : 0;
}

static int step(RefreshRun *run, const FeedRequest *asked, Failure *f)
{
        static const char *const names[] = {
                [FEED_STEP_TIMESTAMP] = "timestamp",
                [FEED_STEP_ROOT] = "root",
                [FEED_STEP_FEED] = "feed",
                [FEED_STEP_INDEX] = "index",
        };
        _cleanup_free_ char *data = NULL;
        _cleanup_failure_ Failure late = {};
        FeedRequest request = *asked;
        FileRef file;
        FetchEnd end;
        size_t size;
        int r, q;

        if (request.file) {
                file = *request.file;
                request.file = &file;
        }
        r = get(run, &request, &data, &size, &end, f);
        if (r < 0)
                return r;
        fault_point("refresh", names[request.step]);
        if (end.result == FETCH_DONE)
                r = feed_client_answer(run->client, data, size, f);
        else
                r = feed_client_missing(run->client, f);
        if (r < 0 && request.step == FEED_STEP_TIMESTAMP)
                forget_etag(&run->status);
        /* What was proven stays, whatever came after it. */
        q = save_trust(run, &late);
        if (r >= 0 && q < 0)
                return failure_set(f, late.kind, "%s", failure_sentence(&late));
        if (q < 0)
                log_error("%s", failure_sentence(&late));
        fault_point("refresh", "trusted");
        return r < 0 || end.result != FETCH_DONE ? r : keep(run, &request, &data, size, f);
}

int refresh_metadata(RefreshRun *run, Failure *f)
{
        const FeedRequest *request;
        int r;

        run->options = (FeedClientOptions){
                .now = time(NULL),
                .decode = decode,
                .context = run->parser,
        };
        memcpy(run->options.build_id, run->refresh->host->kernel->build_id, BUILD_ID_SIZE);
        run->client = feed_client_free(run->client);
        r = feed_client_new(run->trust, &run->options, &run->client, f);
        if (r < 0)
                return r;
        while ((request = feed_client_next(run->client))) {
                r = step(run, request, f);
                if (r < 0)
                        return r;
        }
        return keep_timestamp(run, f);
}
