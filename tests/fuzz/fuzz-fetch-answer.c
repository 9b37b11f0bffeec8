/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever a downloader says to kpatchd: no more reaches the sink than was asked for, nothing before it has
 * begun, and what is no answer ends the conversation. */

#include "fetch.h"

#include <assert.h>
#include <sys/socket.h>
#include <sys/un.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Sink {
        bool begun;
        uint64_t size;
} Sink;

static int on_begin(void *userdata, Failure *f)
{
        Sink *s = userdata;

        (void) f;
        assert(!s->begun);
        s->begun = true;
        return 0;
}

static int on_data(void *userdata, const void *data, size_t size, Failure *f)
{
        Sink *s = userdata;
        volatile uint8_t sum = 0;

        (void) f;
        assert(s->begun && size > 0);
        for (size_t i = 0; i < size; i++)
                sum = (uint8_t) (sum + ((const uint8_t *) data)[i]);
        s->size += size;
        return 0;
}

static int listen_at(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int r;

        memcpy(address.sun_path, path, strlen(path));
        (void) unlink(path);
        r = bind(fd, (struct sockaddr *) &address, sizeof(address));
        assert(r == 0);
        r = listen(fd, 4);
        assert(r == 0);
        return fd;
}

static void check(const FetchRequest *request, const Sink *sink, const FetchEnd *end, int r,
                  const Failure *f)
{
        assert(sink->size <= request->size_max - request->offset);
        if (r < 0) {
                assert(f->kind != FAILURE_NONE && f->kind != FAILURE_FAILED);
                return;
        }
        assert(end->result != FETCH_DONE || sink->begun);
        assert(memchr(end->etag, 0, sizeof(end->etag)) && memchr(end->sentence, 0, sizeof(end->sentence)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const FetchRequest request = { .version = FETCH_VERSION,
                                              .size_max = 20000,
                                              .offset = 16,
                                              .url = "https://example.org/timestamp.json" };
        _cleanup_(fetch_freep) Fetch *fetch = NULL;
        _cleanup_close_ int peer = -EBADF;
        static int listener = -EBADF;
        static char path[64];
        int r;

        if (listener < 0) {
                (void) snprintf(path, sizeof(path), "/tmp/fuzz-fetch-answer.%d", (int) getpid());
                listener = listen_at(path);
        }
        r = fetch_new(path, -EBADF, &fetch, NULL);
        assert(r == 0);
        peer = accept(listener, NULL, NULL);
        assert(peer >= 0);
        /* The socket has room for all of it. */
        r = fetch_send(peer, data, size);
        assert(r == 0);
        shutdown(peer, SHUT_WR);
        do {
                Sink sink = {};
                const FetchSink functions = { on_begin, on_data, &sink };
                _cleanup_failure_ Failure f = {};
                FetchEnd end = {};

                r = fetch_run(fetch, &request, &functions, &end, &f);
                check(&request, &sink, &end, r, &f);
        } while (r >= 0);
        return 0;
}
