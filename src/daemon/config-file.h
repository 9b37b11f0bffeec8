/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* What /etc/kpatchd/kpatchd.conf and conf.d/NAME.conf say; kpatchd.conf(5) lists the settings. Numbers only,
 * so that a copy of it can be handed to a thread. */
typedef struct Config {
        /* [Boot] */
        uint64_t settle_sec;       /* how long the machine must live before an apply counts as good */
        uint64_t crash_limit;      /* crashes until a patch is quarantined; 0: never */
        uint64_t boot_crash_limit; /* crashes in a row until nothing is applied at boot; 0: no limit */
        uint64_t retry_sec; /* how long a boot asks again where tasks are in the way; 0: it asks once */
        /* [Transition] */
        uint64_t transition_sec; /* after which one is turned back; 0: never */
        /* [Generations] */
        uint64_t generations_kept; /* of each kernel build */
        uint64_t kernels_kept;     /* builds, the running one included */
        /* [History] */
        uint64_t history_kib_max; /* of one file */
        uint64_t history_files;   /* older ones kept */
        /* [Daemon] */
        uint64_t idle_sec; /* after which it ends when nobody wants anything; 0: never */
        /* [Store]; 0: no limit */
        uint64_t store_patches, store_mib;
        uint64_t store_user_patches, store_user_mib; /* of each user but root */
        /* [Queue] */
        uint64_t jobs_per_user;
} Config;

#define CONFIG_UNSIGNED_FROM_MAX 16

/* Reads kpatchd.conf, then conf.d in the order of the names; what comes later wins. Whatever is wrong is
 * left at what it was, and one sentence about it is added to *ret_complaints, an owned strv. Errors:
 * -ENOMEM. */
int config_load(const char *conf_dir, Config *ret, char ***ret_complaints);

/* The same, with the complaints in the log. */
int config_read(const char *conf_dir, Config *ret);

/* The folders of [Import] UnsignedFrom= as they are on disk now, an owned strv: absolute, and in one way of
 * writing. What is wrong is left out, and said by who reads the rest. Errors: -ENOMEM. */
int config_read_unsigned_from(const char *conf_dir, char ***ret);
