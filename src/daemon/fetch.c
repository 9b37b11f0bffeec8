/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "fetch.h"

#include "peer.h"

#include <inttypes.h>

/* The downloader has deadlines of its own. If it does not keep them, this many seconds later it is hung up
 * on. */
#define GRACE_SEC 15

struct Fetch {
        int fd; /* negative: it was hung up on */
        int cancel_fd;
        int64_t deadline; /* as peer_now() */
};

int fetch_new(const char *socket_path, int cancel_fd, Fetch **ret, Failure *f)
{
        _cleanup_close_ int fd = -EBADF;
        Fetch *fetch;
        int r;

        r = peer_connect(socket_path, 0, &fd);
        if (r < 0)
                return failure_set(f, FAILURE_DOWNLOADER_UNAVAILABLE,
                                   "Cannot reach the downloader at %s (%s): 'systemctl start "
                                   "kpatchd-fetch.socket' makes it listen.",
                                   socket_path, strerror(-r));
        fetch = calloc(1, sizeof(Fetch));
        if (!fetch)
                return failure_set_errno(f, -ENOMEM, "Cannot download");
        fetch->fd = TAKE_FD(fd);
        fetch->cancel_fd = cancel_fd;
        *ret = fetch;
        return 0;
}

Fetch *fetch_free(Fetch *fetch)
{
        if (!fetch)
                return NULL;
        close_fd(fetch->fd);
        free(fetch);
        return NULL;
}

static int receive(const Fetch *fetch, void *data, size_t size, Failure *f)
{
        int r = peer_receive(fetch->fd, fetch->cancel_fd, fetch->deadline, data, size);

        switch (r) {
        case -ETIMEDOUT:
                return failure_set(f, FAILURE_DOWNLOAD_SLOW, "The download has not ended in time.");
        case -ECANCELED:
                return failure_set(f, FAILURE_CANCELED, "The download was cancelled.");
        default:
                return r >= 0 ? 0
                              : failure_set(f, FAILURE_DOWNLOADER_UNAVAILABLE,
                                            "The downloader has ended in the middle (%s); its journal may "
                                            "say why: 'journalctl -t kpatchd-fetch'.",
                                            r == -ECONNRESET ? "it hung up" : strerror(-r));
        }
}

static int refuse(Failure *f)
{
        return failure_set(f, FAILURE_DOWNLOADER_UNAVAILABLE,
                           "The downloader says what no downloader says: it is not believed.");
}

/* What the server's word is in the table of failures. */
static int fail(const FetchRequest *request, const FetchEnd *end, Failure *f)
{
        static const FailureKind kinds[_FETCH_RESULT_MAX] = {
                [FETCH_TOO_LARGE] = FAILURE_TOO_LARGE,
                [FETCH_TOO_SLOW] = FAILURE_DOWNLOAD_SLOW,
                [FETCH_FAILED] = FAILURE_DOWNLOAD_FAILED,
        };

        return failure_set(f, kinds[end->result], "Cannot download %s: %s.", request->url, end->sentence);
}

static int take_data(const Fetch *fetch, const FetchSink *sink, uint32_t size, Failure *f)
{
        char data[FETCH_DATA_MAX];
        int r;

        r = receive(fetch, data, size, f);
        return r < 0 ? r : sink->data(sink->userdata, data, size, f);
}

/* Returns 1 at the end. *left is what may still come. */
static int take_frame(const Fetch *fetch, const FetchRequest *request, const FetchSink *sink, bool *begun,
                      uint64_t *left, FetchEnd *end, Failure *f)
{
        FetchFrame frame;
        uint64_t offset;
        int r;

        r = receive(fetch, &frame, sizeof(frame), f);
        if (r < 0)
                return r;
        if (frame.kind == FETCH_FRAME_BEGIN && frame.size == sizeof(offset) && !*begun) {
                r = receive(fetch, &offset, sizeof(offset), f);
                if (r < 0)
                        return r;
                *begun = true;
                return offset == request->offset ? sink->begin(sink->userdata, f) : refuse(f);
        }
        if (frame.kind == FETCH_FRAME_DATA && frame.size > 0 && frame.size <= FETCH_DATA_MAX && *begun &&
            frame.size <= *left) {
                *left -= frame.size;
                return take_data(fetch, sink, frame.size, f);
        }
        if (frame.kind == FETCH_FRAME_END && frame.size == sizeof(*end)) {
                r = receive(fetch, end, sizeof(*end), f);
                if (r < 0)
                        return r;
                if (!fetch_end_is_valid(end) || (end->result == FETCH_DONE && !*begun))
                        return refuse(f);
                return 1;
        }
        return refuse(f);
}

static int run(Fetch *fetch, const FetchRequest *request, const FetchSink *sink, FetchEnd *ret, Failure *f)
{
        uint64_t left = request->size_max - request->offset;
        FetchEnd end = {};
        bool begun = false;
        int r;

        fetch->deadline = peer_now() + (int64_t) (request->total_sec + GRACE_SEC) * 1000;
        r = fetch_send(fetch->fd, request, sizeof(*request));
        if (r < 0)
                return failure_set(f, FAILURE_DOWNLOADER_UNAVAILABLE, "The downloader has ended: %s.",
                                   strerror(-r));
        do {
                r = take_frame(fetch, request, sink, &begun, &left, &end, f);
        } while (r == 0);
        if (r < 0)
                return r;
        *ret = end;
        return 0;
}

int fetch_run(Fetch *fetch, const FetchRequest *request, const FetchSink *sink, FetchEnd *ret, Failure *f)
{
        int r;

        if (fetch->fd < 0)
                return failure_set(f, FAILURE_DOWNLOADER_UNAVAILABLE, "The downloader has ended.");
        r = run(fetch, request, sink, ret, f);
        if (r < 0) {
                /* Where the conversation stands is not known any more. */
                fetch->fd = close_fd(fetch->fd);
                return r;
        }
        switch (ret->result) {
        case FETCH_DONE:
        case FETCH_NOT_MODIFIED:
        case FETCH_MISSING:
        case FETCH_NO_RANGE:
                return 0;
        default:
                return fail(request, ret, f);
        }
}
