/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Decodes DSSE envelopes from standard input to their flat form on standard output, after it gave up every
 * right but reading and writing those two. kpatchd starts it for bytes whose signature nobody has checked
 * yet: whatever they make of this process, it cannot open a file, a socket or a process. */

#include "cleanup.h"
#include "dsse.h"
#include "file.h"
#include "parse-message.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define EXIT_SANDBOX 11

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

/* All of size bytes; 0 where there are no more at all. */
static int read_all(void *data, size_t size)
{
        char *p = data;
        size_t done = 0;

        while (done < size) {
                ssize_t n = read(STDIN_FILENO, p + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n == 0 && done == 0 ? 0 : -EPROTO;
                done += (size_t) n;
        }
        return 1;
}

static int answer(ParseResult result, const void *data, size_t size)
{
        ParseAnswer head = { .result = result, .size = (uint32_t) size };
        int r = write_all(STDOUT_FILENO, &head, sizeof(head));

        return r < 0 ? r : write_all(STDOUT_FILENO, data, size);
}

static int decode(const char *text, size_t size)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        _cleanup_failure_ Failure f = {};
        size_t flat_size;
        int r;

        r = dsse_decode(text, size, &e, &f);
        if (r < 0)
                return answer(PARSE_REFUSED, failure_sentence(&f), strlen(failure_sentence(&f)));
        r = dsse_flatten(e, &flat, &flat_size);
        return r < 0 ? r : answer(PARSE_DECODED, flat, flat_size);
}

static int serve(void)
{
        ParseRequest request;
        int r;

        while ((r = read_all(&request, sizeof(request))) > 0) {
                _cleanup_free_ char *text = NULL;

                if (request.size > ENVELOPE_SIZE_MAX)
                        return -EFBIG;
                text = malloc(request.size + 1U);
                if (!text)
                        return -ENOMEM;
                r = request.size == 0 ? 1 : read_all(text, request.size);
                text[request.size] = 0;
                if (r > 0)
                        r = decode(text, request.size);
                else
                        r = -EPROTO;
                if (r < 0)
                        return r;
        }
        return r;
}

int main(int argc, char *argv[])
{
        int r;

        if (argc > 1) {
                fprintf(stderr, "kpatchd-parse: is started by kpatchd, with envelopes on standard input.\n");
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
        (void) syscall(SYS_exit_group, serve() < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
        return EXIT_FAILURE;
}
