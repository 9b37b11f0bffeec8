/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "host.h"

#include "cleanup.h"
#include "config.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>

static char *path_or_test_path(const char *test_root, const char *test_name, const char *path)
{
        if (!test_root)
                return strdup(path);
        return text_format("%s/%s", test_root, test_name);
}

#ifdef KPATCHD_TESTS
/* tests/fake/kmod-fake.c */
extern const KmodOps kmod_fake;
#endif

static int read_boot_id(Host *host, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        int r;

        path = text_format("%s/sys/kernel/random/boot_id", host->proc);
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot start");
        r = file_read_line(AT_FDCWD, path, &host->boot_id);
        return r < 0 ? failure_set_errno(f, r, "Cannot read %s", path) : 0;
}

int host_new(Host **ret, Failure *f)
{
        _cleanup_(host_freep) Host *host = calloc(1, sizeof(Host));
        const char *root = NULL, *parser = KPATCHD_LIBEXEC_DIR "/kpatchd-parse";
        int r;

        if (!host)
                return failure_set_errno(f, -ENOMEM, "Cannot start");
        host->kmod = &kmod_libkmod;
        host->audit = true;
#ifdef KPATCHD_TESTS
        root = getenv("KPATCHD_TEST_ROOT");
        if (getenv("KPATCHD_TEST_PARSER"))
                parser = getenv("KPATCHD_TEST_PARSER");
        if (root) {
                host->kmod = &kmod_fake;
                host->audit = false;
        }
#endif
        host->conf_dir = path_or_test_path(root, "etc", KPATCHD_CONF_DIR);
        host->state_dir = path_or_test_path(root, "var", KPATCHD_STATE_DIR);
        host->run_dir = path_or_test_path(root, "run", KPATCHD_RUN_DIR);
        host->sysfs = path_or_test_path(root, "sys", "/sys");
        host->proc = path_or_test_path(root, "proc", "/proc");
        host->prefix = strdup(strempty(root));
        host->parser = strdup(parser);
        host->downloader = path_or_test_path(root, "fetch", KPATCHD_FETCH_SOCKET);
        host->health = path_or_test_path(root, "health", KPATCHD_HEALTH_SOCKET);
        host->stacks = path_or_test_path(root, "stack", KPATCHD_STACK_SOCKET);
        host->uevents = root ? text_format("%s/uevents", root) : NULL;
        if (!host->conf_dir || !host->state_dir || !host->run_dir || !host->sysfs || !host->proc ||
            !host->prefix || !host->parser || !host->downloader || !host->health || !host->stacks ||
            (root && !host->uevents))
                return failure_set_errno(f, -ENOMEM, "Cannot start");

        r = read_boot_id(host, f);
        if (r < 0)
                return r;
        r = kernel_read(host->sysfs, NULL, &host->kernel, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(host);
        return 0;
}

Host *host_free(Host *host)
{
        if (!host)
                return NULL;
        free(host->conf_dir);
        free(host->state_dir);
        free(host->run_dir);
        free(host->sysfs);
        free(host->proc);
        free(host->prefix);
        free(host->uevents);
        free(host->boot_id);
        free(host->parser);
        free(host->downloader);
        free(host->health);
        free(host->stacks);
        kernel_free(host->kernel);
        free(host);
        return NULL;
}
