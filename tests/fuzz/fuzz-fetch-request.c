/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever kpatchd-fetch is asked for, and whatever a server answers to that: what it says is well-formed,
 * and no longer than the request allows. The server is played here: libcurl is given the options, and does
 * not get to the network. An input is a status, how the transfer ends, the size of the server's words (two
 * bytes), these words, and requests. */

#include <curl/curl.h>

/* Macros that do nothing, or check types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

CURLcode fuzz_setopt(CURL *curl, CURLoption option, ...);
CURLcode fuzz_getinfo(CURL *curl, CURLINFO info, ...);
CURLcode fuzz_perform(CURL *curl);
int fetch_main(int argc, char *argv[]);

#define curl_easy_setopt  fuzz_setopt
#define curl_easy_getinfo fuzz_getinfo
#define curl_easy_perform fuzz_perform
#define main              fetch_main

#include "../../src/fetch/kpatchd-fetch.c"
#include "../../src/fetch/transfer.c"

#undef curl_easy_setopt

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef size_t (*Callback)(char *data, size_t one, size_t size, void *userdata);

static struct Server {
        Callback on_header, on_data;
        void *header_data, *write_data;
        long status;
        CURLcode result;
        const char *words;
        size_t size;
} server;

CURLcode fuzz_setopt(CURL *curl, CURLoption option, ...)
{
        va_list ap;
        void *value;
        CURLcode r;

        va_start(ap, option);
        if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
                r = curl_easy_setopt(curl, option, va_arg(ap, curl_off_t));
        else if (option < CURLOPTTYPE_OBJECTPOINT)
                r = curl_easy_setopt(curl, option, va_arg(ap, long));
        else {
                value = va_arg(ap, void *);
                if (option == CURLOPT_HEADERFUNCTION)
                        server.on_header = (Callback) value;
                if (option == CURLOPT_HEADERDATA)
                        server.header_data = value;
                if (option == CURLOPT_WRITEFUNCTION)
                        server.on_data = (Callback) value;
                if (option == CURLOPT_WRITEDATA)
                        server.write_data = value;
                r = curl_easy_setopt(curl, option, value);
        }
        va_end(ap);
        return r;
}

CURLcode fuzz_getinfo(CURL *curl, CURLINFO info, ...)
{
        va_list ap;

        (void) curl;
        assert(info == CURLINFO_RESPONSE_CODE);
        va_start(ap, info);
        *va_arg(ap, long *) = server.status;
        va_end(ap);
        return CURLE_OK;
}

/* Gives the callback a copy, so that a byte too many is found. */
static bool give(Callback callback, void *userdata, const char *data, size_t size)
{
        char *copy = malloc(size);
        bool taken;

        assert(copy);
        memcpy(copy, data, size);
        taken = callback(copy, 1, size, userdata) == size;
        free(copy);
        return taken;
}

/* Lines are headers until one is empty; what follows is content, in two pieces. */
CURLcode fuzz_perform(CURL *curl)
{
        const char *at = server.words, *end = server.words + server.size;

        (void) curl;
        while (at < end) {
                const char *stop = memchr(at, '\n', (size_t) (end - at));
                size_t n = stop ? (size_t) (stop - at) + 1 : (size_t) (end - at);

                if (!give(server.on_header, server.header_data, at, n))
                        return CURLE_WRITE_ERROR;
                at += n;
                if (n == 1)
                        break;
        }
        for (size_t n = (size_t) (end - at) / 2; at < end; at += n) {
                n = n == 0 || (size_t) (end - at) < 2 * n ? (size_t) (end - at) : n;
                if (!give(server.on_data, server.write_data, at, n))
                        return CURLE_WRITE_ERROR;
        }
        return server.result;
}

static void read_answers(int fd)
{
        bool begun = false;
        FetchFrame frame;
        int r;

        while ((r = fetch_receive(fd, &frame, sizeof(frame))) > 0) {
                char data[FETCH_DATA_MAX];
                FetchEnd end;

                assert(frame.size > 0 && frame.size <= sizeof(data));
                r = fetch_receive(fd, data, frame.size);
                assert(r == 1);
                switch (frame.kind) {
                case FETCH_FRAME_BEGIN:
                        assert(!begun && frame.size == sizeof(uint64_t));
                        begun = true;
                        break;
                case FETCH_FRAME_DATA:
                        assert(begun);
                        break;
                default:
                        assert(frame.kind == FETCH_FRAME_END && frame.size == sizeof(end));
                        memcpy(&end, data, sizeof(end));
                        assert(fetch_end_is_valid(&end));
                        assert(end.result != FETCH_DONE || begun);
                        begun = false;
                }
        }
        assert(r == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const long statuses[] = { 200, 206, 304, 404, 416, 500, 0, 301 };
        static const CURLcode results[] = {
                CURLE_OK,          CURLE_OPERATION_TIMEDOUT, CURLE_FILESIZE_EXCEEDED,
                CURLE_RANGE_ERROR, CURLE_COULDNT_CONNECT,    CURLE_FILE_COULDNT_READ_FILE,
                CURLE_PARTIAL_FILE
        };
        size_t n_words;
        char rest[4096];
        int fds[2], r;

        if (size < 4)
                return 0;
        n_words = (size_t) data[2] << 8 | data[3];
        if (n_words > size - 4)
                n_words = size - 4;
        server = (struct Server){ .status = statuses[data[0] % ELEMENTSOF(statuses)],
                                  .result = results[data[1] % ELEMENTSOF(results)],
                                  .words = (const char *) data + 4,
                                  .size = n_words };
        r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
        assert(r == 0);
        r = fetch_send(fds[0], data + 4 + n_words, size - 4 - n_words);
        assert(r == 0);
        shutdown(fds[0], SHUT_WR);
        r = serve(fds[1]);
        assert(r == 0 || r == -EPROTO || r == -ECONNRESET);
        /* What it did not read would make an error of its end. */
        while (recv(fds[1], rest, sizeof(rest), 0) > 0)
                ;
        close(fds[1]);
        read_answers(fds[0]);
        close(fds[0]);
        return 0;
}
