/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "uevent.h"

#include "cleanup.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/un.h>

#define GROUP_KERNEL 1U

/* Tests send what the kernel would, to a socket of their own. */
static int open_test_socket(const char *path)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        (void) unlink(path);
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int uevent_open(const Host *host)
{
        struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
        _cleanup_close_ int fd = -EBADF;

        if (host->uevents)
                return open_test_socket(host->uevents);
        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* "add@/module/x", then NAME=VALUE, each with a NUL at its end. */
static bool is_about_us(const char *text, size_t size)
{
        static const char *const wanted[] = { "SUBSYSTEM=module", "SUBSYSTEM=kpatch" };

        for (const char *s = text, *end = text + size; s < end; s += strlen(s) + 1)
                for (size_t i = 0; i < ELEMENTSOF(wanted); i++)
                        if (streq(s, wanted[i]))
                                return true;
        return false;
}

int uevent_read(const Host *host, int fd)
{
        char text[UEVENT_SIZE_MAX + 1];
        struct sockaddr_nl sender = {};
        socklen_t length = sizeof(sender);
        ssize_t n;

        n = recvfrom(fd, text, UEVENT_SIZE_MAX, 0, (struct sockaddr *) &sender, &length);
        if (n < 0)
                return -errno;
        text[n] = 0;
        /* Programs can send to the group as well, if they are root. */
        if (!host->uevents && (sender.nl_pid != 0 || !(sender.nl_groups & GROUP_KERNEL)))
                return 0;
        return is_about_us(text, (size_t) n);
}
