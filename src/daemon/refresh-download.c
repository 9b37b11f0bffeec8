/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Files of a feed, into memory or, where they are large, into a file that outlives an interruption. */

#include "file.h"
#include "refresh-cache.h"
#include "refresh-internal.h"
#include "text.h"

#include <inttypes.h>

/* How often it is told how far a download is. */
#define TELL_EVERY (256U * 1024)

uint64_t refresh_clock(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec;
}

/* However steadily something comes, no address has the job for longer than the administrator gives it. */
static int limit_time(const RefreshRun *run, FetchRequest *request, Failure *f)
{
        uint64_t now = refresh_clock();

        if (now >= run->deadline)
                return failure_set(f, FAILURE_DOWNLOAD_SLOW,
                                   "A refresh from %s takes longer than the %" PRIu64
                                   " s of RefreshSec=; what has come is kept.",
                                   run->url, run->refresh->feed->refresh_sec);
        if (request->total_sec > run->deadline - now)
                request->total_sec = run->deadline - now;
        return 0;
}

static int fill_request(const RefreshRun *run, const char *path, size_t max, uint64_t offset,
                        const char *etag, FetchRequest *ret, Failure *f)
{
        const Feed *feed = run->refresh->feed;
        FetchRequest request = {
                .version = FETCH_VERSION,
                .connect_sec = (uint32_t) feed->connect_sec,
                .stall_sec = (uint32_t) feed->stall_sec,
                .rate_min = (uint32_t) feed->rate_min,
                .total_sec = 2 * feed->connect_sec + feed->stall_sec + (max - offset) / feed->rate_min,
                .size_max = max,
                .offset = offset,
        };
        int n = snprintf(request.url, sizeof(request.url), "%s/%s", run->url, path);

        if (n < 0 || (size_t) n >= sizeof(request.url) ||
            fetch_set_text(request.etag, sizeof(request.etag), strempty(etag)) < 0 ||
            fetch_set_text(request.proxy, sizeof(request.proxy), strempty(feed->proxy)) < 0 ||
            fetch_set_text(request.ca_file, sizeof(request.ca_file), strempty(feed->ca_file)) < 0 ||
            fetch_set_text(request.feed, sizeof(request.feed), feed->name) < 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "An address of the feed %s is too long.",
                                   feed->name);
        *ret = request;
        return limit_time(run, ret, f);
}

typedef struct Memory {
        char *data;
        size_t size, room;
} Memory;

static void memory_clear(Memory *m)
{
        free(m->data);
}

static int begin_memory(void *userdata, Failure *f)
{
        (void) userdata;
        (void) f;
        return 0;
}

static int add_memory(void *userdata, const void *data, size_t size, Failure *f)
{
        Memory *m = userdata;

        if (m->size + size + 1 > m->room) {
                size_t room = 2 * (m->size + size + 1);
                char *larger = realloc(m->data, room);

                if (!larger)
                        return failure_set_errno(f, -ENOMEM, "Cannot download");
                m->data = larger;
                m->room = room;
        }
        memcpy(m->data + m->size, data, size);
        m->size += size;
        return 0;
}

int refresh_get(RefreshRun *run, const char *path, size_t max, const char *etag, char **ret_data,
                size_t *ret_size, FetchEnd *ret_end, Failure *f)
{
        _cleanup_(memory_clear) Memory m = {};
        const FetchSink sink = { begin_memory, add_memory, &m };
        FetchRequest request;
        int r;

        r = fill_request(run, path, max, 0, etag, &request, f);
        if (r >= 0)
                r = fetch_run(run->fetch, &request, &sink, ret_end, f);
        /* So that even an empty file is something. */
        if (r >= 0)
                r = add_memory(&m, "", 1, f);
        if (r < 0)
                return r;
        *ret_data = TAKE_PTR(m.data);
        *ret_size = m.size - 1;
        return 0;
}

typedef struct Partial {
        RefreshRun *run;
        const char *patch;
        int fd;
        uint64_t size, told, whole;
} Partial;

static void tell_progress(Partial *p)
{
        char *sentence;

        p->told = p->size;
        sentence = text_format("Downloading %s: %" PRIu64 " of %" PRIu64 " bytes", p->patch, p->size,
                               p->whole);
        if (sentence)
                p->run->refresh->tell(sentence, p->run->refresh->userdata);
}

static int begin_partial(void *userdata, Failure *f)
{
        Partial *p = userdata;

        if (lseek(p->fd, (off_t) p->size, SEEK_SET) < 0 || ftruncate(p->fd, (off_t) p->size) < 0)
                return failure_set_errno(f, -errno, "Cannot write a download");
        tell_progress(p);
        return 0;
}

static int add_partial(void *userdata, const void *data, size_t size, Failure *f)
{
        Partial *p = userdata;
        int r = write_all(p->fd, data, size);

        if (r < 0)
                return failure_set_errno(f, r, "Cannot write a download");
        p->size += size;
        if (p->size - p->told >= TELL_EVERY || p->size == p->whole)
                tell_progress(p);
        return 0;
}

static int download(Partial *p, const FileRef *ref, Failure *f)
{
        const FetchSink sink = { begin_partial, add_partial, p };
        char path[FILE_REF_PATH_SIZE];
        FetchRequest request;
        FetchEnd end;
        int r;

        file_ref_path(ref, path);
        do {
                r = fill_request(p->run, path, ref->size, p->size, NULL, &request, f);
                if (r >= 0)
                        r = fetch_run(p->run->fetch, &request, &sink, &end, f);
                if (r < 0)
                        return r;
                /* A server that knows no ranges has it sent from the start. */
                if (end.result == FETCH_NO_RANGE && p->size == 0)
                        break;
                if (end.result == FETCH_NO_RANGE)
                        p->size = 0;
        } while (end.result == FETCH_NO_RANGE);
        return end.result == FETCH_DONE ? 0
                                        : failure_set(f, FAILURE_FEED_INCOMPLETE,
                                                      "The feed lacks the file of %s that it names, %s.",
                                                      p->patch, path);
}

/* What came is all right, or begun anew the next time. */
static int read_back(Partial *p, const FileRef *ref, char **ret_data, size_t *ret_size, Failure *f)
{
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        r = lseek(p->fd, 0, SEEK_SET) < 0 ? -errno : file_read_fd(p->fd, ref->size, &data, &size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read a download");
        r = file_ref_check(ref, data, size, p->patch, f);
        if (r < 0)
                return r;
        *ret_data = TAKE_PTR(data);
        *ret_size = size;
        return 0;
}

int refresh_get_object(RefreshRun *run, const FileRef *ref, const char *patch, char **ret_data,
                       size_t *ret_size, Failure *f)
{
        const char *feed = run->refresh->feed->name;
        _cleanup_close_ int fd = -EBADF;
        Partial p = { .run = run, .patch = patch, .whole = ref->size };
        bool resumed;
        int r;

        r = refresh_cache_open_partial(run->refresh->host, feed, ref, &fd, &p.size, f);
        if (r < 0)
                return r;
        p.fd = fd;
        resumed = p.size > 0;
        for (;;) {
                r = p.size < ref->size ? download(&p, ref, f) : 0;
                if (r < 0)
                        return r;
                r = read_back(&p, ref, ret_data, ret_size, f);
                if (r >= 0)
                        return 0;
                /* The beginning may have been another's. */
                if (!resumed || !f || f->kind != FAILURE_DOWNLOAD_MISMATCH)
                        break;
                failure_clear(f);
                resumed = false;
                p.size = p.told = 0;
        }
        refresh_cache_remove_partial(run->refresh->host, feed, ref);
        return r;
}
