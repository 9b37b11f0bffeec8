/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "stack.h"

#include "cleanup.h"
#include "peer.h"
#include "strv.h"
#include "text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/socket.h>

#define FRAMES_MAX 64U

typedef struct Folders {
        int fds[STACK_TASKS_MAX];
        size_t n;
} Folders;

static void folders_close(Folders *folders)
{
        FOREACH_ARRAY (fd, folders->fds, folders->n)
                close_fd(*fd);
}

int stack_refuse(const Host *host, int error, Failure *f)
{
        return failure_set(
                        f, FAILURE_STACK_UNAVAILABLE,
                        "The kernel stacks cannot be read (%s: %s): 'systemctl start kpatchd-stack.socket' "
                        "makes what reads them listen.",
                        host->stacks, strerror(-error));
}

static int send_request(int fd, const Folders *folders)
{
        StackRequest request = { .version = STACK_VERSION, .n_tasks = (uint32_t) folders->n };
        struct iovec bytes = { .iov_base = &request, .iov_len = sizeof(request) };
        union {
                char room[CMSG_SPACE(sizeof(folders->fds))];
                struct cmsghdr aligned;
        } control = {};
        struct msghdr m = {
                .msg_iov = &bytes,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = CMSG_SPACE(folders->n * sizeof(int)),
        };
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);

        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                               .cmsg_type = SCM_RIGHTS,
                               .cmsg_len = CMSG_LEN(folders->n * sizeof(int)) };
        memcpy(CMSG_DATA(c), folders->fds, folders->n * sizeof(int));
        /* So few bytes go at once or not at all. */
        return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int stack_ask(const Host *host, const Straggler *stragglers, size_t n, uint32_t ret_pids[STACK_TASKS_MAX],
              size_t *ret_n, int *ret_fd, Failure *f)
{
        _cleanup_(folders_close) Folders folders = {};
        _cleanup_close_ int fd = -EBADF;
        int r = 0;

        for (size_t i = 0; i < n && folders.n < STACK_TASKS_MAX; i++) {
                char path[PATH_MAX];
                int folder;

                (void) snprintf(path, sizeof(path), "%s/%" PRIu32, host->proc, stragglers[i].pid);
                folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (folder < 0)
                        continue;
                ret_pids[folders.n] = stragglers[i].pid;
                folders.fds[folders.n++] = folder;
        }
        if (folders.n > 0)
                r = peer_connect(host->stacks, SOCK_NONBLOCK, &fd);
        if (folders.n > 0 && r >= 0)
                r = send_request(fd, &folders);
        if (r < 0)
                return stack_refuse(host, r, f);
        *ret_n = folders.n;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int stack_frames(const StackAnswer *answer, char ***ret)
{
        _cleanup_strv_free_ char **frames = NULL;
        char text[sizeof(answer->text) + 1] = {}, *rest = text, *line;
        int r = 0;

        if (answer->error == 0 && answer->size <= sizeof(answer->text))
                memcpy(text, answer->text, answer->size);
        for (size_t n = 0; r >= 0 && n < FRAMES_MAX && (line = strsep(&rest, "\n")); n++) {
                /* "[<0>] function+0x1/0x2": the number was an address once. */
                char *name = strncmp(line, "[<", 2) == 0 ? strchr(line, ' ') : NULL;

                name = name ? name + 1 : line;
                text_sanitize(name);
                if (*name)
                        r = strv_append(&frames, name);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(frames);
        return 0;
}
