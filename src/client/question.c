/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "question.h"

#include "cleanup.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool question_can_be_asked(const Client *c)
{
        return !c->reply && !c->options.quiet && c->err.is_tty && isatty(STDIN_FILENO);
}

/* The first character of the line that is typed; 0: the end of the input. */
static int read_answer(JobSession *s, char *ret, Failure *f)
{
        struct pollfd fds[] = {
                { .fd = STDIN_FILENO, .events = POLLIN },
                { .fd = s->interrupt_fd, .events = POLLIN },
        };
        struct signalfd_siginfo signal;
        char line[256] = {};
        ssize_t n;

        while (poll(fds, ELEMENTSOF(fds), -1) < 0)
                if (errno != EINTR)
                        return failure_set_errno(f, -errno, "Cannot wait for the answer");
        if (fds[1].revents && read(s->interrupt_fd, &signal, sizeof(signal)) == (ssize_t) sizeof(signal)) {
                s->signal = (int) signal.ssi_signo;
                return EXIT_SIGNAL_BASE + s->signal;
        }
        n = read(STDIN_FILENO, line, sizeof(line));
        if (n < 0)
                return failure_set_errno(f, -errno, "Cannot read the answer");
        *ret = line[0];
        return 0;
}

int question_ask(JobSession *s, const char *question, Failure *f)
{
        FILE *err = s->client->err.file;
        char answer = 0;
        int r;

        fprintf(err, "%s [y/N] ", question);
        fflush(err);
        r = read_answer(s, &answer, f);
        /* The line that the answer did not end. */
        if (r != 0 || answer == 0)
                fputc('\n', err);
        if (r != 0)
                return r;
        if (answer != 'y' && answer != 'Y')
                return failure_set(f, FAILURE_CANCELED, "Nothing was changed.");
        return 0;
}
