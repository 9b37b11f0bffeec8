/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "refresh-backoff.h"

#include "cleanup.h"
#include "file-ref.h"
#include "refresh.h"

#include <inttypes.h>

/* The first wait ends before an hourly timer comes again. */
#define SPAN_SEC     UINT64_C(3600)
#define DOUBLES_MAX  3U
#define SPAN_MAX_SEC (SPAN_SEC << DOUBLES_MAX)

/* Any number, but the same one for a host, a feed and a number of failures. */
static uint64_t number_of(const Host *host, const char *feed, uint64_t failures)
{
        char id[REFRESH_HOST_ID_SIZE], text[512];
        uint64_t number;
        FileRef ref;

        refresh_host_id(host, id);
        (void) snprintf(text, sizeof(text), "%s %" PRIu64 " %s", id, failures, feed);
        file_ref_make(text, strlen(text), &ref);
        memcpy(&number, ref.sha256, sizeof(number));
        return number;
}

void refresh_backoff_fail(const Host *host, const char *feed, RefreshStatus *status)
{
        uint64_t doubles = status->failures < DOUBLES_MAX ? status->failures : DOUBLES_MAX;
        uint64_t span = SPAN_SEC << doubles;

        if (status->failures < UINT32_MAX)
                status->failures++;
        /* From a half to fifteen sixteenths of the span. */
        status->retry_at = time(NULL) +
                           (time_t) (span / 2 + number_of(host, feed, status->failures) % (span * 7 / 16));
}

void refresh_backoff_reset(RefreshStatus *status)
{
        status->failures = 0;
        status->retry_at = 0;
}

bool refresh_backoff_waits(const RefreshStatus *status, time_t now)
{
        return status->retry_at > now && status->retry_at - now <= (time_t) SPAN_MAX_SEC;
}
