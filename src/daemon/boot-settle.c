/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "boot-settle.h"

#include "attempt.h"
#include "cleanup.h"
#include "guard.h"
#include "lock.h"
#include "log.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC 1000

static int settle(const Host *host, bool all, uint64_t *ret_next, Failure *f)
{
        _cleanup_close_ int lock_fd = -EBADF;
        int r;

        r = lock_take(host->state_dir, &lock_fd, f);
        return r < 0 ? r : guard_settle(host, all, ret_next, f);
}

/* Returns 1 when a signal came, 0 at the time. */
static int wait_until(int signal_fd, int timer_fd, uint64_t when)
{
        struct itimerspec at = { .it_value = { (time_t) (when / USEC_PER_SEC),
                                               (long) (when % USEC_PER_SEC * NSEC_PER_USEC) } };
        struct pollfd fds[] = {
                { .fd = signal_fd, .events = POLLIN },
                { .fd = timer_fd, .events = POLLIN },
        };

        if (timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &at, NULL) < 0)
                return -errno;
        while (poll(fds, ELEMENTSOF(fds), -1) < 0)
                if (errno != EINTR)
                        return -errno;
        return fds[0].revents != 0;
}

int boot_settle(const Host *host)
{
        _cleanup_close_ int signal_fd = -EBADF, timer_fd = -EBADF;
        _cleanup_failure_ Failure f = {};
        uint64_t next;
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal_fd = signalfd(-1, &mask, SFD_CLOEXEC);
        timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
        if (signal_fd < 0 || timer_fd < 0)
                return -errno;
        r = settle(host, false, &next, &f);
        /* From here on a shutdown is heard, and who has passed it on may end. */
        if (r >= 0)
                (void) sd_notify(0, "READY=1");
        while (r >= 0 && next != UINT64_MAX) {
                r = wait_until(signal_fd, timer_fd, next);
                if (r >= 0)
                        r = settle(host, r > 0, &next, &f);
        }
        if (r < 0) {
                (void) failure_set_errno(&f, r, "Cannot wait for the settle time");
                log_error("%s", failure_sentence(&f));
        }
        return r < 0 ? r : 0;
}
