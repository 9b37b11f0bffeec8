/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "fetch-message.h"

/* The daemon's side of a conversation with kpatchd-fetch, which has the network that kpatchd has not. */

typedef struct Fetch Fetch;

/* Who takes what comes. Either may fail, which ends the transfer. */
typedef struct FetchSink {
        int (*begin)(void *userdata, Failure *f);
        int (*data)(void *userdata, const void *data, size_t size, Failure *f);
        void *userdata;
} FetchSink;

/* Connects to the downloader's socket, which has it started. cancel_fd ends all waiting with
 * FAILURE_CANCELED once it is readable; negative: nothing does. Errors: FAILURE_DOWNLOADER_UNAVAILABLE. */
int fetch_new(const char *socket_path, int cancel_fd, Fetch **ret, Failure *f);

/* Fetches one file; no more than request->size_max bytes in all reach the sink, and none where *ret is not
 * FETCH_DONE. FETCH_NOT_MODIFIED, FETCH_MISSING and FETCH_NO_RANGE are answers, not failures. Errors:
 * FAILURE_DOWNLOAD_FAILED, FAILURE_DOWNLOAD_SLOW, FAILURE_TOO_LARGE, FAILURE_CANCELED,
 * FAILURE_DOWNLOADER_UNAVAILABLE, and the sink's. */
int fetch_run(Fetch *fetch, const FetchRequest *request, const FetchSink *sink, FetchEnd *ret, Failure *f);

Fetch *fetch_free(Fetch *fetch);
DEFINE_CLEANUP(Fetch *, fetch_free);
