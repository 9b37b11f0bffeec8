/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "boot-reapply.h"
#include "boot-settle.h"
#include "bus-settle.h"
#include "bus.h"
#include "cleanup.h"
#include "config-file.h"
#include "config.h"
#include "log.h"
#include "strv.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <time.h>

typedef struct Arguments {
        bool reapply;
        bool settle;
        bool check_config;
} Arguments;

static void print_help(void)
{
        printf("Usage: kpatchd [OPTION]\n"
               "\n"
               "Applies signed live patches to the running kernel, on request over D-Bus (org.kpatchd1).\n"
               "systemd starts it; people use kpatchctl(1).\n"
               "\n"
               "  --reapply      put the patches of the present generation back in force and exit\n"
               "  --settle       wait until what was applied at boot has proven good and exit\n"
               "  --check-config say what is wrong in kpatchd.conf and conf.d, and exit\n"
               "  -h, --help     show this text and exit\n"
               "  --version      show the version and exit\n");
}

/* Returns 1 to go on, 0 to exit with success, negative for a wrong command line. */
static int parse_arguments(int argc, char *argv[], Arguments *ret)
{
        enum {
                ARG_CHECK_CONFIG = 256,
                ARG_REAPPLY,
                ARG_SETTLE,
                ARG_VERSION
        };
        static const struct option options[] = {
                { "check-config", no_argument, NULL, ARG_CHECK_CONFIG },
                { "reapply", no_argument, NULL, ARG_REAPPLY },
                { "settle", no_argument, NULL, ARG_SETTLE },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, ARG_VERSION },
                {},
        };
        Arguments arguments = {};
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case ARG_CHECK_CONFIG:
                        arguments.check_config = true;
                        break;
                case ARG_REAPPLY:
                        arguments.reapply = true;
                        break;
                case ARG_SETTLE:
                        arguments.settle = true;
                        break;
                case 'h':
                        print_help();
                        return 0;
                case ARG_VERSION:
                        printf("kpatchd %s\n", KPATCHD_VERSION);
                        return 0;
                default:
                        return -EINVAL;
                }
        if (optind < argc) {
                fprintf(stderr, "kpatchd: '%s' is not an option; kpatchd -h shows what there is.\n",
                        argv[optind]);
                return -EINVAL;
        }
        *ret = arguments;
        return 1;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        (void) source;
        (void) info;
        (void) sd_notify(0, "STOPPING=1");
        bus_leave(userdata);
        return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        Bus *b = userdata;
        _cleanup_failure_ Failure f = {};

        struct timespec now;

        (void) source;
        (void) info;
        /* With the time, as Type=notify-reload wants it. */
        clock_gettime(CLOCK_MONOTONIC, &now);
        (void) sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                          (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000);
        manager_reload_config(b->manager);
        if (manager_refresh_feeds(b->manager, &f) < 0 || manager_refresh(b->manager, &f) < 0)
                log_error("%s", failure_sentence(&f));
        (void) sd_notify(0, "READY=1");
        return 0;
}

static int watch_signals(sd_event *event, Bus *b)
{
        int r;

        r = sd_event_add_signal(event, NULL, SIGTERM, on_terminate, b);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGINT, on_terminate, b);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGHUP, on_reload, b);
        return r;
}

static int serve(Host *host, Failure *f)
{
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(manager_freep) Manager *manager = NULL;
        _cleanup_(bus_freep) Bus *b = NULL;
        int r;

        r = sd_event_new(&event);
        if (r < 0) {
                host_free(host);
                return failure_set_errno(f, r, "Cannot start");
        }
        r = manager_new(host, event, &manager, f);
        if (r < 0)
                return r;
        r = bus_new(manager, event, &b, f);
        if (r < 0)
                return r;
        r = watch_signals(event, b);
        if (r >= 0)
                r = sd_event_set_watchdog(event, true);
        if (r >= 0)
                manager_resume_trials(manager);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot start");
        (void) sd_notify(0, "READY=1\nSTATUS=Serving org.kpatchd1.");
        r = sd_event_loop(event);
        /* Stopped in order; without a bus it is not. What was just put in force is good if the machine is,
         * as at the end of its day: that the daemon alone is stopped says nothing of it. */
        if (r == 0 && !bus_pass_on_settling(b))
                manager_settle(manager, true);
        if (r > 0)
                return failure_set(f, FAILURE_FAILED, "The connection to the system bus was lost.");
        return r < 0 ? failure_set_errno(f, r, "The event loop failed") : 0;
}

static int check_config(const Host *host)
{
        _cleanup_strv_free_ char **complaints = NULL;
        Config config;

        if (config_load(host->conf_dir, &config, &complaints) < 0)
                return EXIT_FAILURE;
        for (char **complaint = complaints; complaint && *complaint; complaint++)
                puts(*complaint);
        return complaints ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
        _cleanup_failure_ Failure f = {};
        Arguments arguments;
        Host *host;
        sigset_t mask;
        int r;

        r = parse_arguments(argc, argv, &arguments);
        if (r <= 0)
                return r < 0 ? failure_info(FAILURE_USAGE)->exit_code : EXIT_SUCCESS;

        r = host_new(&host, &f);
        if (r >= 0 && (arguments.reapply || arguments.settle || arguments.check_config)) {
                _cleanup_(host_freep) Host *owned = host;

                if (arguments.check_config)
                        return check_config(owned);
                if (arguments.settle)
                        return boot_settle(owned) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                return boot_reapply(owned) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        }
        if (r >= 0) {
                /* Before any thread starts, so that signals go to the event loop. */
                sigemptyset(&mask);
                sigaddset(&mask, SIGTERM);
                sigaddset(&mask, SIGINT);
                sigaddset(&mask, SIGHUP);
                sigprocmask(SIG_BLOCK, &mask, NULL);
                r = serve(host, &f);
        }
        if (r < 0) {
                log_error("%s", failure_sentence(&f));
                return failure_info(f.kind)->exit_code;
        }
        return EXIT_SUCCESS;
}
