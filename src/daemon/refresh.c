/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "fault.h"
#include "file.h"
#include "log.h"
#include "refresh-backoff.h"
#include "refresh-cache.h"
#include "refresh-internal.h"
#include "strv.h"
#include "trust.h"

#include <fcntl.h>
#include <limits.h>
#include <systemd/sd-id128.h>

/* What the machine's id is mixed with: an id of this use and no other. */
static const sd_id128_t host_id_use = {
        .bytes = { 0x6c, 0x1e, 0x57, 0x05, 0x9f, 0x0a, 0x4b, 0x43, 0x8b, 0xd2, 0x1c, 0x7d, 0x35, 0xe1, 0x90,
                   0x4e },
};

void refresh_host_id(const Host *host, char ret[REFRESH_HOST_ID_SIZE])
{
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];
        sd_id128_t id = {};

        if (host->prefix[0]) {
                (void) snprintf(path, sizeof(path), "%s/machine-id", host->prefix);
                if (file_read_line(AT_FDCWD, path, &text) >= 0)
                        (void) sd_id128_from_string(text, &id);
        } else if (sd_id128_get_machine_app_specific(host_id_use, &id) < 0)
                log_warning("This machine has no machine-id(5): rollouts take it for the same one as all others "
                            "that have none.");
        (void) sd_id128_to_string(id, ret);
}

static void run_clear(RefreshRun *run)
{
        fetch_free(run->fetch);
        envelope_parser_free(run->parser);
        feed_client_free(run->client);
        feed_trust_free(run->trust);
        refresh_status_clear(&run->status);
        free(run->saved);
        free(run->timestamp);
        free(run->etag);
        free(run->etag_url);
}

static int set_error(RefreshStatus *status, const Failure *f)
{
        free(status->error);
        free(status->message);
        status->error = status->message = NULL;
        if (!f)
                return 0;
        status->error = strdup(failure_bus_name(f->kind));
        status->message = strdup(failure_sentence(f));
        return status->error && status->message ? 0 : -ENOMEM;
}

static time_t earliest(time_t a, time_t b)
{
        return a < b ? a : b;
}

/* What was verified, for people. */
static void note_metadata(RefreshRun *run)
{
        const Timestamp *t = feed_client_timestamp(run->client);
        const FeedList *list = feed_client_list(run->client);
        const FeedKernel *kernel = feed_list_find(list, run->options.build_id);
        RefreshStatus *status = &run->status;

        status->succeeded = time(NULL);
        status->timestamp_version = t->head.version;
        status->feed_version = list->head.version;
        status->root_version = run->trust->root->version;
        status->expires = earliest(earliest(t->head.expires, list->head.expires), run->trust->root->expires);
        status->expired = false;
        status->index = kernel ? kernel->index : (FileRef){};
}

/* Keeps the feed, its index, and what of modules has begun to come. */
static void prune(const RefreshRun *run, const FeedOffer *offers)
{
        const FileRef *keep[2 + 2 * FEED_PATCHES_MAX];
        const FeedIndex *index = feed_client_index(run->client);
        size_t n = 0;

        keep[n++] = &run->trust->feed;
        keep[n++] = &run->status.index;
        for (size_t i = 0; index && i < index->n_patches; i++) {
                if (offers[i] != FEED_OFFER_YES)
                        continue;
                keep[n++] = &index->patches[i].module;
                keep[n++] = &index->patches[i].zstd;
        }
        refresh_cache_prune(run->refresh->host, run->refresh->feed->name, keep, n);
}

static bool is_of_expiry(FailureKind kind)
{
        return kind == FAILURE_FEED_EXPIRED || kind == FAILURE_ROOT_EXPIRED;
}

/* All of it from one address. */
static int try_address(RefreshRun *run, Failure *f)
{
        const Refresh *refresh = run->refresh;
        FeedOffer offers[FEED_PATCHES_MAX];
        char id[REFRESH_HOST_ID_SIZE];
        const FeedIndex *index;
        int r;

        run->fetch = fetch_free(run->fetch);
        r = fetch_new(refresh->host->downloader, refresh->cancel_fd, &run->fetch, f);
        if (r >= 0)
                r = refresh_metadata(run, f);
        if (r < 0) {
                run->status.expired |= is_of_expiry(f->kind);
                return r;
        }
        note_metadata(run);
        refresh_host_id(refresh->host, id);
        index = feed_client_index(run->client);
        if (index)
                feed_rollout_offers(index,
                                    &(FeedHost){ .id = id,
                                                 .channel = refresh->feed->channel,
                                                 .now = feed_client_now(run->client),
                                                 .pins = refresh->feed->pins },
                                    offers);
        prune(run, offers);
        return refresh->download ? refresh_patches(run, offers, f) : 0;
}

/* Whether another address may do better. */
static bool is_final(FailureKind kind)
{
        return kind == FAILURE_CANCELED || kind == FAILURE_NO_MEMORY || kind == FAILURE_STORE_FULL ||
               failure_is_of_disk(kind);
}

static int try_addresses(RefreshRun *run, Failure *f)
{
        char *const *urls = run->refresh->feed->urls;
        int r = 0;

        for (size_t i = 0; urls[i]; i++) {
                failure_clear(f);
                run->url = urls[i];
                run->deadline = refresh_clock() + run->refresh->feed->refresh_sec;
                r = try_address(run, f);
                if (r >= 0 || is_final(f->kind) || !urls[i + 1])
                        return r;
                log_warning("The feed %s cannot be had from %s, the next address is tried: %s",
                            run->refresh->feed->name, urls[i], failure_sentence(f));
        }
        return r;
}

static int begin(RefreshRun *run, Failure *f)
{
        const Host *host = run->refresh->host;
        const char *feed = run->refresh->feed->name;
        int r;

        r = envelope_parser_new(host->parser, &run->parser);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot refresh the feed");
        r = trust_load(host, feed, &run->trust, f);
        return r < 0 ? r : feed_trust_format(run->trust, &run->saved, f);
}

/* How it went, r with f, or that it could not be written down if that is all that went wrong. */
static int write_down(RefreshRun *run, RefreshMemories *memories, int r, Failure *f)
{
        const char *feed = run->refresh->feed->name;
        _cleanup_failure_ Failure late = {};
        int q;

        fault_point("refresh", "status");
        q = refresh_status_save(run->refresh->host, feed, &run->status, &late);
        if (q >= 0)
                refresh_status_clear(&run->status);
        else
                log_warning("%s", failure_sentence(&late));
        if (q < 0 && r >= 0) {
                r = failure_set(f, late.kind, "%s", failure_sentence(&late));
                q = set_error(&run->status, f);
        }
        if (q == -ENOMEM || refresh_memories_add(memories, feed, &run->status) < 0)
                log_warning("Memory is exhausted: how the feed %s was refreshed is not remembered.", feed);
        return r;
}

int refresh_run(const Refresh *refresh, size_t *ret_n_stored, RefreshMemories *memories, Failure *f)
{
        _cleanup_(run_clear) RefreshRun run = { .refresh = refresh };
        int r;

        *ret_n_stored = 0;
        r = refresh_status_load(refresh->host, refresh->feed->name, &run.status);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot refresh the feed");
        if (refresh->scheduled && refresh_backoff_waits(&run.status, time(NULL)))
                return 0;
        if (!refresh->scheduled)
                refresh_backoff_reset(&run.status);
        r = begin(&run, f);
        if (r >= 0) {
                /* The first refresh writes down what it begins with, too. */
                if (run.status.attempted == 0) {
                        free(run.saved);
                        run.saved = NULL;
                }
                r = try_addresses(&run, f);
                run.status.issued = run.trust->issued;
        }
        *ret_n_stored = run.n_stored;
        run.status.attempted = time(NULL);
        /* What is wrong with one patch stays so, and must not have the others and withdrawals wait. */
        if (r >= 0 || run.patches_failed)
                refresh_backoff_reset(&run.status);
        else if (f->kind != FAILURE_CANCELED)
                refresh_backoff_fail(refresh->host, refresh->feed->name, &run.status);
        if (set_error(&run.status, r < 0 ? f : NULL) < 0)
                return failure_set_errno(f, -ENOMEM, "Cannot refresh the feed");
        if (r < 0 && refresh_status_is_stale(&run.status))
                refresh_status_say_stale(refresh->feed->name);
        return write_down(&run, memories, r, f);
}
