/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Downloads for kpatchd, which has no network: reads requests from the socket that is its standard input and
 * passes on what servers send. systemd starts one for each connection, as a user of its own that can write
 * nothing, and kpatchd believes nothing of what it says. */

#include "cleanup.h"
#include "transfer.h"

#include <curl/curl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int harden(void)
{
        struct rlimit none = { 0, 0 };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;
        if (setrlimit(RLIMIT_FSIZE, &none) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
                return -errno;
        return 0;
}

static int serve(int fd)
{
        FetchRequest request;
        Transfer *t;
        int r;

        r = transfer_new(fd, &t);
        while (r >= 0) {
                r = fetch_receive(fd, &request, sizeof(request));
                if (r == 0)
                        break;
                if (r > 0)
                        r = fetch_request_is_valid(&request) ? transfer_run(t, &request) : -EPROTO;
        }
        transfer_free(t);
        return r;
}

int main(int argc, char *argv[])
{
        int r;

        (void) argv;
        if (argc > 1 || !fetch_input_is_stream()) {
                fprintf(stderr, "kpatchd-fetch: is started by kpatchd-fetch.socket, for kpatchd.\n");
                return EXIT_FAILURE;
        }
        r = harden();
        if (r >= 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                r = -ENOMEM;
        if (r >= 0) {
                r = serve(STDIN_FILENO);
                curl_global_cleanup();
        }
        /* That kpatchd hangs up is how it cancels. */
        if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
                fprintf(stderr, "kpatchd-fetch: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
