/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "fetch-message.h"

#include "cleanup.h"

#include <sys/socket.h>

bool fetch_input_is_stream(void)
{
        socklen_t size = sizeof(int);
        int type;

        return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

int fetch_set_text(char *field, size_t room, const char *text)
{
        size_t n = strlen(text);

        if (n >= room)
                return -ENAMETOOLONG;
        memset(field, 0, room);
        memcpy(field, text, n + 1);
        return 0;
}

static bool ends(const char *field, size_t room)
{
        return memchr(field, 0, room);
}

bool fetch_request_is_valid(const FetchRequest *request)
{
        return request->version == FETCH_VERSION && ends(request->url, sizeof(request->url)) &&
               ends(request->etag, sizeof(request->etag)) && ends(request->proxy, sizeof(request->proxy)) &&
               ends(request->ca_file, sizeof(request->ca_file)) &&
               ends(request->feed, sizeof(request->feed)) && request->offset <= request->size_max;
}

bool fetch_end_is_valid(const FetchEnd *end)
{
        return end->result < _FETCH_RESULT_MAX && ends(end->etag, sizeof(end->etag)) &&
               ends(end->sentence, sizeof(end->sentence));
}

int fetch_send(int fd, const void *data, size_t size)
{
        const char *p = data;

        while (size > 0) {
                ssize_t n = send(fd, p, size, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                p += n;
                size -= (size_t) n;
        }
        return 0;
}

int fetch_receive(int fd, void *data, size_t size)
{
        char *p = data;
        size_t done = 0;

        while (done < size) {
                ssize_t n = recv(fd, p + done, size - done, 0);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return done == 0 ? 0 : -ECONNRESET;
                done += (size_t) n;
        }
        return 1;
}

int fetch_send_frame(int fd, FetchFrameKind kind, const void *data, size_t size)
{
        FetchFrame frame = { .kind = kind, .size = (uint32_t) size };
        int r;

        r = fetch_send(fd, &frame, sizeof(frame));
        return r < 0 ? r : fetch_send(fd, data, size);
}
