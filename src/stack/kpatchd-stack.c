/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads the kernel stacks of tasks for kpatchd, which has not the rights that this wants and should not get
 * them. systemd starts one for each connection. All that it can be asked for is the file "stack" in a folder
 * that whoever asks could open already. */

#include "cleanup.h"
#include "fetch-message.h"
#include "stack-message.h"
#include "util.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

typedef struct Tasks {
        int fds[STACK_TASKS_MAX];
        size_t n;
} Tasks;

static void tasks_close(Tasks *tasks)
{
        FOREACH_ARRAY (fd, tasks->fds, tasks->n)
                close_fd(*fd);
        tasks->n = 0;
}

/* The descriptors come with the first byte; whatever they are, they are ours to close. */
static int receive(int fd, StackRequest *ret, Tasks *tasks)
{
        union {
                char room[CMSG_SPACE(sizeof(tasks->fds))];
                struct cmsghdr aligned;
        } control;
        struct iovec bytes = { .iov_base = ret, .iov_len = sizeof(*ret) };
        struct msghdr m = { .msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control) };
        ssize_t n;

        do
                n = recvmsg(fd, &m, MSG_WAITALL | MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
                        tasks->n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                        memcpy(tasks->fds, CMSG_DATA(c), tasks->n * sizeof(int));
                }
        if (n == 0)
                return 0;
        if ((size_t) n != sizeof(*ret) || (m.msg_flags & MSG_CTRUNC) || ret->version != STACK_VERSION ||
            ret->n_tasks != tasks->n)
                return -EPROTO;
        return 1;
}

/* O_NONBLOCK: nothing of that name keeps it waiting. */
static void read_stack(int task, StackAnswer *ret)
{
        _cleanup_close_ int fd = openat(task, "stack", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        ssize_t n = 1;

        memset(ret, 0, sizeof(*ret));
        if (fd < 0)
                n = -1;
        while (n > 0 && ret->size < sizeof(ret->text)) {
                n = read(fd, ret->text + ret->size, sizeof(ret->text) - ret->size);
                if (n > 0)
                        ret->size += (uint32_t) n;
        }
        if (n < 0)
                *ret = (StackAnswer){ .error = errno };
}

static int serve(int fd)
{
        _cleanup_(tasks_close) Tasks tasks = {};
        StackRequest request;
        StackAnswer answer;
        int r;

        r = receive(fd, &request, &tasks);
        if (r <= 0)
                return r;
        for (size_t i = 0; r >= 0 && i < tasks.n; i++) {
                read_stack(tasks.fds[i], &answer);
                r = fetch_send(fd, &answer, sizeof(answer));
        }
        return r < 0 ? r : 0;
}

int main(int argc, char *argv[])
{
        int r;

        (void) argv;
        if (argc > 1 || !fetch_input_is_stream()) {
                fprintf(stderr, "kpatchd-stack: is started by kpatchd-stack.socket, for kpatchd.\n");
                return EXIT_FAILURE;
        }
        r = serve(STDIN_FILENO);
        /* That kpatchd hangs up is how it ends its wait. */
        if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
                fprintf(stderr, "kpatchd-stack: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
