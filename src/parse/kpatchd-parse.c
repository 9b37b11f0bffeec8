/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Decodes a DSSE envelope from standard input to its flat form on standard output, after it gave up every
 * right but reading and writing those two. kpatchd starts it for bytes whose signature nobody has checked
 * yet: whatever they make of this process, it cannot open a file, a socket or a process. */

#include "cleanup.h"
#include "dsse.h"
#include "file.h"
#include "names.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* Exit statuses, see src/daemon/envelope.c. */
enum {
        EXIT_ENVELOPE_INVALID = 10, /* a sentence is on standard output */
        EXIT_SANDBOX = 11,
};

static int limit(__rlimit_resource_t resource, rlim_t value)
{
        struct rlimit l = { value, value };

        return setrlimit(resource, &l) < 0 ? -errno : 0;
}

static int sandbox(void)
{
        /* What read, malloc and write need; any other call ends the process. */
        static const int calls[] = {
                SCMP_SYS(read),   SCMP_SYS(write),      SCMP_SYS(brk),          SCMP_SYS(mmap),
                SCMP_SYS(munmap), SCMP_SYS(mremap),     SCMP_SYS(madvise),      SCMP_SYS(futex),
                SCMP_SYS(exit),   SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(getrandom),
        };
        scmp_filter_ctx filter;
        int r;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;
        r = limit(RLIMIT_CPU, 5);
#ifndef __SANITIZE_ADDRESS__ /* which reserves more than any machine has */
        if (r >= 0)
                r = limit(RLIMIT_AS, 64UL * 1024 * 1024);
#endif
        if (r < 0)
                return r;
        filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        if (!filter)
                return -ENOMEM;
        r = 0;
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(calls); i++)
                r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
        if (r >= 0)
                r = seccomp_load(filter);
        seccomp_release(filter);
        return r;
}

static int decode(void)
{
        _cleanup_free_ char *text = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        _cleanup_failure_ Failure f = {};
        DsseEnvelope *e = NULL;
        size_t size, flat_size;
        int r;

        r = file_read_fd(STDIN_FILENO, ENVELOPE_SIZE_MAX, &text, &size);
        if (r < 0)
                return EXIT_FAILURE;
        r = dsse_decode(text, size, &e, &f);
        if (r < 0) {
                const char *sentence = failure_sentence(&f);

                (void) write_all(STDOUT_FILENO, sentence, strlen(sentence));
                return EXIT_ENVELOPE_INVALID;
        }
        r = dsse_flatten(e, &flat, &flat_size);
        if (r >= 0)
                r = write_all(STDOUT_FILENO, flat, flat_size);
        dsse_free(e);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
        int r;

        if (argc > 1) {
                fprintf(stderr,
                        "kpatchd-parse: is started by kpatchd, with an envelope on standard input.\n");
                return EXIT_FAILURE;
        }
        r = sandbox();
        if (r < 0) {
                fprintf(stderr, "kpatchd-parse: cannot give up its rights (%s), so it reads nothing.\n",
                        strerror(-r));
                _exit(EXIT_SANDBOX);
        }
        /* Not exit() nor _exit(): the C library's and a sanitizer's last acts are not among the allowed
         * ones. */
        (void) syscall(SYS_exit_group, decode());
        return EXIT_FAILURE;
}
