/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "envelope.h"

#include "cleanup.h"
#include "parse-message.h"
#include "peer.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* The flat form is smaller than the JSON that it came from, up to this much for each of its signatures. */
#define FLAT_SIZE_MAX   (ENVELOPE_SIZE_MAX + DSSE_SIGNATURES_MAX * 1024U)
#define TIMEOUT_MS      10000
#define EXIT_TIMEOUT_MS 2000
/* Its 5 s of processor time are for so many. */
#define ENVELOPES_MAX 256U

struct EnvelopeParser {
        const char *program;
        pid_t pid; /* 0: it does not run */
        int fd;
        unsigned n; /* envelopes that it was given */
};

static int spawn(const char *program, int fd, pid_t *ret_pid)
{
        /* An empty environment, but for what the sanitizers' runtime must know in tests. */
        char *argv[] = { (char *) "kpatchd-parse", NULL };
        char *envp[] = { (char *) "ASAN_OPTIONS=detect_leaks=0", NULL };
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(ret_pid, program, &actions, NULL, argv, envp);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int start(EnvelopeParser *p)
{
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        int fds[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        ours = fds[0];
        theirs = fds[1];
        r = spawn(p->program, theirs, &p->pid);
        if (r < 0) {
                p->pid = 0;
                return r;
        }
        p->fd = TAKE_FD(ours);
        p->n = 0;
        return 0;
}

/* One that is hung up on ends at once, or is made to. Returns how it ended, as waitpid(2) says it. */
static int stop(EnvelopeParser *p, bool kill_now)
{
        _cleanup_close_ int pidfd = kill_now ? -EBADF : pidfd_open(p->pid, 0);
        struct pollfd poll_exit = { .fd = pidfd, .events = POLLIN };
        int status = 0;

        p->fd = close_fd(p->fd);
        if (pidfd < 0 || poll(&poll_exit, 1, EXIT_TIMEOUT_MS) <= 0)
                (void) kill(p->pid, SIGKILL);
        while (waitpid(p->pid, &status, 0) < 0)
                if (errno != EINTR)
                        break;
        p->pid = 0;
        return status;
}

int envelope_parser_new(const char *program, EnvelopeParser **ret)
{
        EnvelopeParser *p = malloc(sizeof(EnvelopeParser));

        if (!p)
                return -ENOMEM;
        *p = (EnvelopeParser){ .program = program, .fd = -EBADF };
        *ret = p;
        return 0;
}

EnvelopeParser *envelope_parser_free(EnvelopeParser *p)
{
        if (!p)
                return NULL;
        if (p->pid > 0)
                (void) stop(p, false);
        free(p);
        return NULL;
}

/* Sends the envelope and receives what it makes of it, ended by a NUL that is not counted. */
static int exchange(const EnvelopeParser *p, const char *text, size_t size, ParseAnswer *ret,
                    uint8_t **ret_data)
{
        int64_t deadline = peer_now() + TIMEOUT_MS;
        const ParseRequest request = { .size = (uint32_t) size };
        _cleanup_free_ uint8_t *data = NULL;
        int r;

        r = peer_send(p->fd, deadline, &request, sizeof(request));
        if (r >= 0)
                r = peer_send(p->fd, deadline, text, size);
        if (r >= 0)
                r = peer_receive(p->fd, -EBADF, deadline, ret, sizeof(*ret));
        if (r < 0)
                return r;
        if (ret->size > FLAT_SIZE_MAX)
                return -EFBIG;
        data = malloc(ret->size + 1U);
        if (!data)
                return -ENOMEM;
        r = peer_receive(p->fd, -EBADF, deadline, data, ret->size);
        if (r < 0)
                return r;
        data[ret->size] = 0;
        *ret_data = TAKE_PTR(data);
        return 0;
}

/* What is to be said where there was no answer. A process that is at fault is not asked again. */
static int explain(EnvelopeParser *p, int error, Failure *f)
{
        bool gone = error == -ECONNRESET || error == -EPIPE;
        int status = stop(p, !gone);

        if (gone && WIFSIGNALED(status))
                return failure_set(
                                f, FAILURE_ENVELOPE_INVALID,
                                "The envelope cannot be decoded: its bytes made the decoder die of signal %d.",
                                WTERMSIG(status));
        if (gone && WIFEXITED(status) && WEXITSTATUS(status) != 0)
                return failure_set(f, FAILURE_FAILED, "%s failed with exit status %d.", p->program,
                                   WEXITSTATUS(status));
        if (error == -ENOMEM)
                return failure_set_errno(f, error, "Cannot read the envelope");
        return failure_set(f, FAILURE_ENVELOPE_INVALID, "The envelope cannot be decoded: %s.",
                           strerror(-error));
}

int envelope_parser_decode(EnvelopeParser *p, const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        _cleanup_free_ uint8_t *data = NULL;
        ParseAnswer answer;
        int r;

        if (size > ENVELOPE_SIZE_MAX)
                return failure_set(f, FAILURE_ENVELOPE_INVALID, "The envelope is too large.");
        if (p->pid > 0 && p->n >= ENVELOPES_MAX)
                (void) stop(p, false);
        if (p->pid == 0) {
                r = start(p);
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot start %s", p->program);
        }
        p->n++;
        r = exchange(p, text, size, &answer, &data);
        if (r < 0)
                return explain(p, r, f);
        if (answer.result == PARSE_REFUSED)
                return failure_set(f, FAILURE_ENVELOPE_INVALID, "%s", (const char *) data);
        r = answer.result == PARSE_DECODED ? dsse_unflatten(data, answer.size, ret) : -EPROTO;
        if (r < 0)
                return failure_set(f, FAILURE_ENVELOPE_INVALID, "The envelope cannot be decoded.");
        return 0;
}

int envelope_decode(const char *program, const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        _cleanup_(envelope_parser_freep) EnvelopeParser *p = NULL;
        int r;

        r = envelope_parser_new(program, &p);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the envelope");
        return envelope_parser_decode(p, text, size, ret, f);
}
