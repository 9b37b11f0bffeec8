/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "feed.h"
#include "host.h"
#include "refresh-memory.h"

/* One feed's refresh: asks for its timestamp, follows what that names if anything is new, verifies each
 * step, and stores the patches that are for this host now. docs/feed-format.md has the steps. Several
 * addresses of a feed are tried in their order. */

typedef struct Refresh {
        const Host *host;
        const Config *config;
        const Feed *feed;
        bool scheduled; /* the timer asks: not where it waits after failures */
        bool download;  /* what is for this host is stored */
        int cancel_fd;  /* an eventfd */
        /* Says what is being done; takes the sentence over, which may be NULL. */
        void (*tell)(char *sentence, void *userdata);
        void *userdata;
} Refresh;

/* A feed that the timer is to leave alone counts as refreshed. *ret_n_stored is how many patches are new in
 * the store, also where this fails; memories gets how it went, where that was not written down. Whatever was
 * proven before a failure stays. Errors: those of feed_client_answer(), fetch_run() and trust_load(),
 * FAILURE_CANCELED, FAILURE_NO_SPACE and the like. */
int refresh_run(const Refresh *refresh, size_t *ret_n_stored, RefreshMemories *memories, Failure *f);

/* The machine id that rollouts are decided by: made for this purpose, so that it tells nobody which machine
 * this is. 32 digits. */
#define REFRESH_HOST_ID_SIZE 33
void refresh_host_id(const Host *host, char ret[REFRESH_HOST_ID_SIZE]);
