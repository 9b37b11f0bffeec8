/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "health.h"

#include "cleanup.h"
#include "fetch-message.h"
#include "peer.h"

#include <inttypes.h>

/* What systemd needs to start kpatchd-health on a busy machine. */
#define START_MS (INT64_C(30) * 1000)

struct Health {
        int fd;
        int cancel_fd;
};

Health *health_free(Health *h)
{
        if (!h)
                return NULL;
        close_fd(h->fd);
        free(h);
        return NULL;
}
DEFINE_CLEANUP(Health *, health_free);

static int refuse_canceled(Failure *f)
{
        return failure_set(f, FAILURE_CANCELED, "The health check was cancelled; nothing has changed.");
}

int health_open(const char *socket_path, int cancel_fd, Health **ret, Failure *f)
{
        _cleanup_(health_freep) Health *h = calloc(1, sizeof(Health));
        HealthAnswer answer;
        int r;

        if (!h)
                return failure_set_errno(f, -ENOMEM, "Cannot check the health");
        h->cancel_fd = cancel_fd;
        h->fd = -EBADF;
        r = peer_connect(socket_path, 0, &h->fd);
        if (r >= 0)
                r = peer_receive(h->fd, cancel_fd, peer_now() + START_MS, &answer, sizeof(answer));
        if (r == -ECANCELED)
                return refuse_canceled(f);
        if (r >= 0 && answer.result != HEALTH_READY)
                r = -EPROTO;
        if (r < 0)
                return failure_set(f, FAILURE_HEALTH_UNAVAILABLE,
                                   "Nothing is applied, as its health check could not be run (%s: %s): "
                                   "'systemctl start kpatchd-health.socket' makes it listen.",
                                   socket_path, strerror(-r));
        *ret = TAKE_PTR(h);
        return 0;
}

static int judge(const HealthRequest *request, const HealthAnswer *answer, Failure *f)
{
        const char *command = request->command;

        switch (answer->result) {
        case HEALTH_EXITED:
                return answer->value == 0 ? 0
                                          : failure_set(f, FAILURE_HEALTH_VETO,
                                                        "The health check %s ended with exit status %" PRIi32
                                                        ".",
                                                        command, answer->value);
        case HEALTH_KILLED:
                return failure_set(f, FAILURE_HEALTH_VETO,
                                   "The health check %s was killed by signal %" PRIi32 ".", command,
                                   answer->value);
        case HEALTH_NOT_STARTED:
                return failure_set(f, FAILURE_HEALTH_VETO, "The health check %s could not be started: %s.",
                                   command, strerror(answer->value));
        default:
                return failure_set(f, FAILURE_HEALTH_VETO, "The health check %s ended without a result.",
                                   command);
        }
}

int health_run(Health *h, const HealthRequest *request, uint64_t limit_sec, Failure *f)
{
        int64_t deadline = peer_now() + (int64_t) limit_sec * 1000;
        HealthAnswer answer = {};
        int r;

        r = fetch_send(h->fd, request, sizeof(*request));
        if (r >= 0)
                r = peer_receive(h->fd, h->cancel_fd, deadline, &answer, sizeof(answer));
        if (r == -ECANCELED)
                return refuse_canceled(f);
        if (r == -ETIMEDOUT)
                return failure_set(f, FAILURE_HEALTH_VETO,
                                   "The health check %s did not end within %" PRIu64 " seconds.",
                                   request->command, limit_sec);
        if (r < 0)
                answer.result = HEALTH_READY;
        return judge(request, &answer, f);
}
