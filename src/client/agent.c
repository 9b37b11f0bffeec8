/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "agent.h"

#include "cleanup.h"
#include "util.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* How long the agent may take to register, in ms. It is waited for in vain where polkit does not run. */
#define READY_LIMIT_MS 5000

static void exec_agent(int notify_fd, pid_t parent) __attribute__((noreturn));

static void exec_agent(int notify_fd, pid_t parent)
{
        char fd_text[16];
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        /* It goes with us, also where we went already. */
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
                _exit(1);
        /* The exec makes the copy its own; and nothing of it may get into our output. */
        notify_fd = dup(notify_fd);
        if (notify_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
                _exit(1);
        snprintf(fd_text, sizeof(fd_text), "%d", notify_fd);
        execlp("pkttyagent", "pkttyagent", "--notify-fd", fd_text, "--fallback", (char *) NULL);
        _exit(127);
}

pid_t agent_start(void)
{
        _cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
        struct pollfd ready = {};
        int fds[2];
        pid_t parent = getpid(), pid;

        if (geteuid() == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
                return 0;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return 0;
        read_fd = fds[0];
        write_fd = fds[1];
        pid = fork();
        if (pid < 0)
                return 0;
        if (pid == 0)
                exec_agent(write_fd, parent);
        (void) close_fd(TAKE_FD(write_fd));
        /* It closes its end when it is registered, or when it fails. */
        ready.fd = read_fd;
        (void) poll(&ready, 1, READY_LIMIT_MS);
        return pid;
}

void agent_stop(pid_t pid)
{
        if (pid <= 0)
                return;
        /* It stops itself where it runs in the background; then only SIGCONT lets it end. */
        (void) kill(pid, SIGTERM);
        (void) kill(pid, SIGCONT);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
}
