/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Runs a feed's health check for kpatchd, whose own sandbox is no place for an administrator's command.
 * systemd starts one for each connection; whoever made it is told how the command ended, and has it killed
 * by hanging up. */

#include "cleanup.h"
#include "fetch-message.h"
#include "health-message.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

/* In a session of its own, without the socket; what it prints goes where this program's errors go. Returns a
 * positive errno, as posix_spawn(3) does. */
static int start(char *const *words, pid_t *ret)
{
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t all;
        int r;

        sigfillset(&all);
        r = posix_spawn_file_actions_init(&files);
        if (r != 0)
                return r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                r = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
                if (r == 0)
                        r = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
                if (r == 0)
                        r = posix_spawnattr_setflags(&attributes,
                                                     POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
                if (r == 0)
                        r = posix_spawnattr_setsigdefault(&attributes, &all);
                if (r == 0)
                        r = posix_spawn(ret, words[0], &files, &attributes, words, environ);
                posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&files);
        return r;
}

/* -ECONNRESET when who asked has hung up. */
static int await(int fd, pid_t pid)
{
        _cleanup_close_ int pid_fd = pidfd_open(pid, 0);
        struct pollfd p[] = {
                { .fd = pid_fd, .events = POLLIN },
                { .fd = fd, .events = POLLRDHUP },
        };

        if (pid_fd < 0)
                return -errno;
        while (poll(p, ELEMENTSOF(p), -1) < 0)
                if (errno != EINTR)
                        return -errno;
        return p[0].revents ? 0 : -ECONNRESET;
}

static int run(int fd, char *const *words, HealthAnswer *ret)
{
        siginfo_t end = {};
        pid_t pid;
        int r;

        r = start(words, &pid);
        if (r != 0) {
                *ret = (HealthAnswer){ .result = HEALTH_NOT_STARTED, .value = r };
                return 0;
        }
        r = await(fd, pid);
        /* Its session, before its number may be another's. */
        (void) kill(-pid, SIGKILL);
        while (waitid(P_PID, (id_t) pid, &end, WEXITED) < 0)
                if (errno != EINTR)
                        return -errno;
        *ret = (HealthAnswer){ .result = end.si_code == CLD_EXITED ? HEALTH_EXITED : HEALTH_KILLED,
                               .value = end.si_status };
        return r;
}

static int serve(int fd)
{
        HealthAnswer answer = { .result = HEALTH_READY };
        char *words[HEALTH_WORDS_MAX + 1];
        HealthRequest request;
        int r;

        r = fetch_send(fd, &answer, sizeof(answer));
        if (r >= 0)
                r = fetch_receive(fd, &request, sizeof(request));
        if (r <= 0)
                return r;
        r = health_request_words(&request, words);
        if (r < 0)
                return r;
        if (setenv("KPATCHD_PATCH", request.patch, 1) < 0 || setenv("KPATCHD_FEED", request.feed, 1) < 0)
                return -errno;
        r = run(fd, words, &answer);
        return r < 0 ? r : fetch_send(fd, &answer, sizeof(answer));
}

int main(int argc, char *argv[])
{
        int r;

        (void) argv;
        if (argc > 1 || !fetch_input_is_stream()) {
                fprintf(stderr, "kpatchd-health: is started by kpatchd-health.socket, for kpatchd.\n");
                return EXIT_FAILURE;
        }
        r = serve(STDIN_FILENO);
        /* That kpatchd hangs up is how it cancels. */
        if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
                fprintf(stderr, "kpatchd-health: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
