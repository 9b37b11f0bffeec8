/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer.h"

#include "util.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

int64_t peer_now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int peer_connect(const char *socket_path, int flags, int *ret_fd)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

        if (strlen(socket_path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, socket_path, strlen(socket_path));
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int wait_for(int fd, short events, int cancel_fd, int64_t deadline)
{
        for (;;) {
                struct pollfd p[] = {
                        { .fd = fd, .events = events },
                        { .fd = cancel_fd, .events = POLLIN },
                };
                int64_t left = deadline - peer_now();

                if (left <= 0)
                        return -ETIMEDOUT;
                if (poll(p, ELEMENTSOF(p), (int) (left < INT32_MAX ? left : INT32_MAX)) < 0 &&
                    errno != EINTR)
                        return -errno;
                if (p[1].revents)
                        return -ECANCELED;
                if (p[0].revents)
                        return 0;
        }
}

int peer_receive(int fd, int cancel_fd, int64_t deadline, void *data, size_t size)
{
        char *p = data;

        while (size > 0) {
                ssize_t n;
                int r = wait_for(fd, POLLIN, cancel_fd, deadline);

                if (r < 0)
                        return r;
                n = recv(fd, p, size, MSG_DONTWAIT);
                if (n < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -ECONNRESET;
                p += n;
                size -= (size_t) n;
        }
        return 0;
}

int peer_send(int fd, int64_t deadline, const void *data, size_t size)
{
        const char *p = data;

        while (size > 0) {
                ssize_t n = send(fd, p, size, MSG_NOSIGNAL | MSG_DONTWAIT);
                int r;

                if (n >= 0) {
                        p += n;
                        size -= (size_t) n;
                        continue;
                }
                if (errno != EINTR && errno != EAGAIN)
                        return -errno;
                r = wait_for(fd, POLLOUT, -EBADF, deadline);
                if (r < 0)
                        return r;
        }
        return 0;
}
