/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "envelope.h"

#include "cleanup.h"
#include "file.h"
#include "names.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>

/* The flat form is smaller than the JSON that it came from, up to this much for each of its signatures. */
#define FLAT_SIZE_MAX   (ENVELOPE_SIZE_MAX + DSSE_SIGNATURES_MAX * 1024U)
#define TIMEOUT_MS      10000
#define EXIT_TIMEOUT_MS 2000

/* src/parse/kpatchd-parse.c */
#define EXIT_ENVELOPE_INVALID 10

/* The bytes as a file that the child reads from its start, so that nobody has to feed a pipe. */
static int input_from(const char *text, size_t size)
{
        _cleanup_close_ int fd = memfd_create("envelope", MFD_CLOEXEC);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, text, size);
        if (r < 0)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int spawn(const char *parser, int input, int output, pid_t *ret_pid)
{
        /* An empty environment, but for what the sanitizers' runtime must know in tests. */
        char *argv[] = { (char *) "kpatchd-parse", NULL };
        char *envp[] = { (char *) "ASAN_OPTIONS=detect_leaks=0", NULL };
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(ret_pid, parser, &actions, NULL, argv, envp);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int64_t now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads until the child closes its end; the bound is one byte more than is ever right. */
static int read_output(int fd, uint8_t *data, size_t room, size_t *ret_size)
{
        int64_t deadline = now_ms() + TIMEOUT_MS;
        size_t size = 0;

        while (size < room) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                int64_t left = deadline - now_ms();
                ssize_t n;

                if (left <= 0)
                        return -ETIMEDOUT;
                if (poll(&p, 1, (int) left) < 0 && errno != EINTR)
                        return -errno;
                if (!p.revents)
                        continue;
                n = read(fd, data + size, room - size);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0) {
                        *ret_size = size;
                        return 0;
                }
                if (n > 0)
                        size += (size_t) n;
        }
        return -EFBIG;
}

/* A child that has closed its output ends at once, or is made to. */
static int wait_for(pid_t pid, bool kill_now, int *ret_status)
{
        _cleanup_close_ int pidfd = kill_now ? -EBADF : pidfd_open(pid, 0);
        struct pollfd p = { .fd = pidfd, .events = POLLIN };

        if (pidfd < 0 || poll(&p, 1, EXIT_TIMEOUT_MS) <= 0)
                (void) kill(pid, SIGKILL);
        while (waitpid(pid, ret_status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}

int envelope_decode(const char *parser, const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        _cleanup_close_ int input = -EBADF, output = -EBADF, child_output = -EBADF;
        _cleanup_free_ uint8_t *data = malloc(FLAT_SIZE_MAX + 1);
        size_t data_size = 0;
        int pipe_fds[2], status, r, read_r;
        pid_t pid;

        if (!data)
                return failure_set_errno(f, -ENOMEM, "Cannot read the envelope");
        input = input_from(text, size);
        if (input < 0)
                return failure_set_errno(f, input, "Cannot read the envelope");
        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return failure_set_errno(f, -errno, "Cannot read the envelope");
        output = pipe_fds[0];
        child_output = pipe_fds[1];

        r = spawn(parser, input, child_output, &pid);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot start %s", parser);
        child_output = close_fd(child_output);

        read_r = read_output(output, data, FLAT_SIZE_MAX, &data_size);
        r = wait_for(pid, read_r < 0, &status);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot wait for %s", parser);
        if (read_r < 0)
                return failure_set(f, FAILURE_ENVELOPE_INVALID, "The envelope cannot be decoded: %s.",
                                   strerror(-read_r));
        data[data_size] = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_ENVELOPE_INVALID)
                return failure_set(f, FAILURE_ENVELOPE_INVALID, "%s", (const char *) data);
        if (!WIFEXITED(status))
                return failure_set(
                                f, FAILURE_ENVELOPE_INVALID,
                                "The envelope cannot be decoded: its bytes made the decoder die of signal %d.",
                                WTERMSIG(status));
        if (WEXITSTATUS(status) != 0)
                return failure_set(f, FAILURE_FAILED, "%s failed with exit status %d.", parser,
                                   WEXITSTATUS(status));

        r = dsse_unflatten(data, data_size, ret);
        if (r < 0)
                return failure_set(f, FAILURE_ENVELOPE_INVALID, "The envelope cannot be decoded.");
        return 0;
}
