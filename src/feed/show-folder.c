/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "show-folder.h"

#include "date.h"
#include "feed-list.h"
#include "hex.h"
#include "work.h"

#include <inttypes.h>

static const char *format_date(time_t t, char text[DATE_TEXT_SIZE])
{
        return date_format(t, text) < 0 ? "?" : text;
}

static void show_patch(const FeedPatch *patch)
{
        char date[DATE_TEXT_SIZE];

        printf("  %s=%s: %s, %" PRIu32 " %%", patch->id, patch->version, patch->channel, patch->percent);
        if (patch->not_before != 0)
                printf(" from %s", format_date(patch->not_before, date));
        if (patch->ramp != 0)
                printf(", all within %" PRIu32 " hours", patch->ramp / 3600);
        if (patch->withdrawn != FEED_WITHDRAWAL_NONE)
                printf("; withdrawn (%s): %s", feed_withdrawal_to_string(patch->withdrawn), patch->reason);
        putchar('\n');
}

static int show_records(const Work *work, Failure *f)
{
        const FeedIndex *before = NULL;
        FeedIndex **records;
        size_t n;
        int r;

        r = work_list_patches(work, &records, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; before = records[i++]) {
                _cleanup_free_ char *build_id = hex_encode(records[i]->build_id, BUILD_ID_SIZE);

                if (!before || memcmp(before->build_id, records[i]->build_id, BUILD_ID_SIZE) != 0)
                        printf("kernel %s (build-id %s)\n", records[i]->release, strempty(build_id));
                show_patch(records[i]->patches);
        }
        work_patches_free(records, n);
        return 0;
}

static int show_kernels(const Work *work, Failure *f)
{
        FeedIndex **records;
        size_t n;
        int r;

        r = work_list_kernels(work, &records, &n, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *build_id = hex_encode(records[i]->build_id, BUILD_ID_SIZE);

                printf("kernel %s (build-id %s): boot advised (%s): %s\n", records[i]->release,
                       strempty(build_id), strempty(records[i]->reboot_kind),
                       strempty(records[i]->reboot_reason));
        }
        work_patches_free(records, n);
        return 0;
}

static int show_timestamp(const Work *work, Failure *f)
{
        char issued[DATE_TEXT_SIZE], expires[DATE_TEXT_SIZE];
        Timestamp t;
        int r;

        r = work_current_timestamp(work, &t, f);
        if (r < 0)
                return r;
        if (t.head.version == 0)
                puts("timestamp: none yet");
        else
                printf("timestamp %" PRIu64 " for feed %" PRIu64 ", issued %s, expires %s\n", t.head.version,
                       t.feed_version, format_date(t.head.issued, issued),
                       format_date(t.head.expires, expires));
        return 0;
}

static int show_staged(const Work *work, Failure *f)
{
        static const char *const names[] = { "root", "feed", "timestamp" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
                int r;

                r = work_load_staged(work, feed_payload_find_name(names[i]), &e, f);
                if (r < 0)
                        return r;
                if (r > 0)
                        printf("staged: a %s with %zu signatures\n", names[i], e->n_signatures);
        }
        return 0;
}

int show_folder(const char *path, Failure *f)
{
        _cleanup_(work_freep) Work *work = NULL;
        char expires[DATE_TEXT_SIZE];
        uint64_t version;
        FileRef file;
        int r;

        r = work_open(path, &work, f);
        if (r < 0)
                return r;
        printf("root %" PRIu64 ", expires %s\n", work->root->version,
               format_date(work->root->expires, expires));
        r = work_current_feed(work, &version, &file, f);
        if (r < 0)
                return r;
        if (version == 0)
                puts("feed: none yet");
        else
                printf("feed %" PRIu64 ", %" PRIu64 " bytes\n", version, file.size);
        r = show_timestamp(work, f);
        if (r < 0)
                return r;
        r = show_staged(work, f);
        if (r >= 0)
                r = show_records(work, f);
        return r < 0 ? r : show_kernels(work, f);
}
