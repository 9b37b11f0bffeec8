/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "transfer.h"

#include "cleanup.h"
#include "config.h"
#include "text.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <strings.h>

#define REDIRECTS_MAX 5L
/* Of all headers of one answer. */
#define HEADERS_SIZE_MAX (32U * 1024)
#define AGENT            "kpatchd/" KPATCHD_VERSION

struct Transfer {
        CURL *curl;
        int fd; /* to kpatchd */
        char error[CURL_ERROR_SIZE];

        /* Of the request under way. */
        const FetchRequest *request;
        bool begun;
        uint64_t at;      /* offset of the next byte */
        uint64_t headers; /* bytes of headers */
        int socket_error; /* of fd */
        FetchEnd end;
};

int transfer_new(int fd, Transfer **ret)
{
        Transfer *t = calloc(1, sizeof(Transfer));

        if (!t)
                return -ENOMEM;
        t->fd = fd;
        t->curl = curl_easy_init();
        if (!t->curl) {
                free(t);
                return -ENOMEM;
        }
        *ret = t;
        return 0;
}

Transfer *transfer_free(Transfer *t)
{
        if (!t)
                return NULL;
        curl_easy_cleanup(t->curl);
        free(t);
        return NULL;
}

static void end_as(Transfer *t, FetchResult result, const char *format, ...) _printf_(3, 4);

/* The first reason counts. */
static void end_as(Transfer *t, FetchResult result, const char *format, ...)
{
        va_list ap;

        if (t->end.result != FETCH_DONE)
                return;
        t->end.result = result;
        va_start(ap, format);
        (void) vsnprintf(t->end.sentence, sizeof(t->end.sentence), format, ap);
        va_end(ap);
        text_sanitize(t->end.sentence);
}

static int pass(Transfer *t, FetchFrameKind kind, const void *data, size_t size)
{
        int r = fetch_send_frame(t->fd, kind, data, size);

        if (r < 0)
                t->socket_error = r;
        return r;
}

static long status_of(Transfer *t)
{
        long status = 0;

        (void) curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
        return status;
}

/* Where the bytes begin: at what was asked for with 206, else at the start, as of a server that knows no
 * ranges. That of a file needs no status. */
static int begin(Transfer *t)
{
        long status = status_of(t);

        t->at = status == 206 || status == 0 ? t->request->offset : 0;
        t->begun = true;
        return pass(t, FETCH_FRAME_BEGIN, &t->at, sizeof(t->at));
}

static size_t on_data(char *data, size_t one, size_t size, void *userdata)
{
        Transfer *t = userdata;
        size_t left = size * one;

        if (!t->begun && begin(t) < 0)
                return 0;
        if (left > t->request->size_max - t->at) {
                end_as(t, FETCH_TOO_LARGE, "the server sends more than the %" PRIu64 " bytes that it may",
                       t->request->size_max);
                return 0;
        }
        t->at += left;
        while (left > 0) {
                size_t n = left < FETCH_DATA_MAX ? left : FETCH_DATA_MAX;

                if (pass(t, FETCH_FRAME_DATA, data, n) < 0)
                        return 0;
                data += n;
                left -= n;
        }
        return size * one;
}

/* Of an answer after redirects each has its own headers; the last one's ETag counts. */
static size_t on_header(char *line, size_t one, size_t size, void *userdata)
{
        static const char name[] = "etag:";
        Transfer *t = userdata;
        size_t n = size * one, skip = strlen(name);

        t->headers += n;
        if (t->headers > HEADERS_SIZE_MAX) {
                end_as(t, FETCH_FAILED, "the server sends more than %u bytes of headers", HEADERS_SIZE_MAX);
                return 0;
        }
        if (n > 5 && strncmp(line, "HTTP/", 5) == 0)
                memset(t->end.etag, 0, sizeof(t->end.etag));
        if (n <= skip || strncasecmp(line, name, skip) != 0)
                return n;
        while (skip < n && (line[skip] == ' ' || line[skip] == '\t'))
                skip++;
        while (n > skip && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
                n--;
        /* One that is too long, or has what no header may have, is as good as none. */
        if (n - skip < sizeof(t->end.etag)) {
                memset(t->end.etag, 0, sizeof(t->end.etag));
                memcpy(t->end.etag, line + skip, n - skip);
                for (const char *c = t->end.etag; *c; c++)
                        if (*c < 0x21 || *c > 0x7e) {
                                memset(t->end.etag, 0, sizeof(t->end.etag));
                                break;
                        }
        }
        return size * one;
}

/* Called at least once a second: nobody waits any more for what kpatchd has hung up on. */
static int on_progress(void *userdata, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
        Transfer *t = userdata;
        struct pollfd p = { .fd = t->fd, .events = POLLRDHUP };

        (void) total;
        (void) now;
        (void) up_total;
        (void) up;
        if (poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP | POLLERR)) {
                t->socket_error = -ECONNRESET;
                return 1;
        }
        return 0;
}

/* A credential that the unit was given for this feed: certificate and key in one file. */
static CURLcode set_credentials(Transfer *t, const FetchRequest *request)
{
        const char *folder = getenv("CREDENTIALS_DIRECTORY");
        _cleanup_free_ char *path = NULL;
        CURLcode r;

        if (!folder || !request->feed[0] || strchr(request->feed, '/'))
                return CURLE_OK;
        path = text_format("%s/%s.pem", folder, request->feed);
        if (!path)
                return CURLE_OUT_OF_MEMORY;
        if (access(path, R_OK) < 0)
                return CURLE_OK;
        r = curl_easy_setopt(t->curl, CURLOPT_SSLCERT, path);
        return r == CURLE_OK ? curl_easy_setopt(t->curl, CURLOPT_SSLKEY, path) : r;
}

/* Addresses lead to the same kind of place, or to a safer one: http to https, and never to files. */
static CURLcode set_address(Transfer *t, const FetchRequest *request)
{
        static const struct {
                const char *scheme, *protocols;
        } allowed[] = {
                { "https://", "https" },
                { "http://", "http,https" },
                { "file:///", "file" },
        };
        CURLcode r = CURLE_UNSUPPORTED_PROTOCOL;

        FOREACH_ARRAY (row, allowed, ELEMENTSOF(allowed))
                if (strncmp(request->url, row->scheme, strlen(row->scheme)) == 0)
                        r = curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, row->protocols);
        if (r == CURLE_OK)
                r = curl_easy_setopt(t->curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
        return r == CURLE_OK ? curl_easy_setopt(t->curl, CURLOPT_URL, request->url) : r;
}

#define SET(option, value)                                        \
        if (r == CURLE_OK) {                                      \
                r = curl_easy_setopt(t->curl, (option), (value)); \
        }

static CURLcode set_options(Transfer *t, const FetchRequest *request, struct curl_slist *headers)
{
        CURLcode r;

        /* Connections, sessions and names that were looked up stay. */
        curl_easy_reset(t->curl);
        r = set_address(t, request);
        SET(CURLOPT_ERRORBUFFER, t->error);
        SET(CURLOPT_USERAGENT, AGENT);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_FAILONERROR, 1L);
        SET(CURLOPT_FOLLOWLOCATION, 1L);
        SET(CURLOPT_MAXREDIRS, REDIRECTS_MAX);
        SET(CURLOPT_CONNECTTIMEOUT, (long) request->connect_sec);
        SET(CURLOPT_TIMEOUT, (long) request->total_sec);
        SET(CURLOPT_LOW_SPEED_TIME, (long) request->stall_sec);
        SET(CURLOPT_LOW_SPEED_LIMIT, (long) request->rate_min);
        /* Of the whole: a server that knows no ranges has that, and is to be told apart from one that has
         * more. */
        SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) request->size_max);
        SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t) request->offset);
        SET(CURLOPT_HTTPHEADER, headers);
        SET(CURLOPT_WRITEFUNCTION, on_data);
        SET(CURLOPT_WRITEDATA, t);
        SET(CURLOPT_HEADERFUNCTION, on_header);
        SET(CURLOPT_HEADERDATA, t);
        SET(CURLOPT_XFERINFOFUNCTION, on_progress);
        SET(CURLOPT_XFERINFODATA, t);
        SET(CURLOPT_NOPROGRESS, 0L);
        if (request->proxy[0])
                SET(CURLOPT_PROXY, request->proxy);
        if (request->ca_file[0])
                SET(CURLOPT_CAINFO, request->ca_file);
        return r == CURLE_OK ? set_credentials(t, request) : r;
}

static int add_header(struct curl_slist **headers, const char *name, const char *value)
{
        _cleanup_free_ char *line = NULL;
        struct curl_slist *longer;

        line = text_format("%s: %s", name, value);
        if (!line)
                return -ENOMEM;
        longer = curl_slist_append(*headers, line);
        if (!longer)
                return -ENOMEM;
        *headers = longer;
        return 0;
}

static void conclude(Transfer *t, CURLcode r)
{
        const char *why = t->error[0] ? t->error : curl_easy_strerror(r);
        long status = status_of(t);

        if (status == 304)
                end_as(t, FETCH_NOT_MODIFIED, "not modified");
        else if (status == 416 || r == CURLE_RANGE_ERROR || r == CURLE_BAD_DOWNLOAD_RESUME)
                end_as(t, FETCH_NO_RANGE, "the server cannot go on in the middle");
        else if (status == 404 || status == 410 || r == CURLE_FILE_COULDNT_READ_FILE)
                end_as(t, FETCH_MISSING, "the server does not have it");
        else if (r == CURLE_FILESIZE_EXCEEDED)
                end_as(t, FETCH_TOO_LARGE, "the server has more than the %" PRIu64 " bytes that it may send",
                       t->request->size_max);
        else if (r == CURLE_OPERATION_TIMEDOUT)
                end_as(t, FETCH_TOO_SLOW, "the server is too slow: %s", why);
        else if (r != CURLE_OK)
                end_as(t, FETCH_FAILED, "%s", why);
        else if (status >= 300)
                end_as(t, FETCH_FAILED, "the server answers with status %ld", status);
        /* An empty file has no data to begin with. */
        else if (!t->begun)
                (void) begin(t);
}

int transfer_run(Transfer *t, const FetchRequest *request)
{
        struct curl_slist *headers = NULL;
        CURLcode r;

        t->request = request;
        t->begun = false;
        t->at = t->headers = 0;
        t->socket_error = 0;
        t->error[0] = 0;
        t->end = (FetchEnd){ .result = FETCH_DONE };
        r = request->etag[0] && add_header(&headers, "If-None-Match", request->etag) < 0
                            ? CURLE_OUT_OF_MEMORY
                            : CURLE_OK;
        if (r == CURLE_OK)
                r = set_options(t, request, headers);
        if (r == CURLE_OK)
                r = curl_easy_perform(t->curl);
        conclude(t, r);
        curl_slist_free_all(headers);
        if (t->socket_error < 0)
                return t->socket_error;
        return pass(t, FETCH_FRAME_END, &t->end, sizeof(t->end));
}
