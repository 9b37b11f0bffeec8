/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-index.h"

#include "json-typed.h"
#include "manifest-fields.h"
#include "patch-ref.h"
#include "strv.h"

static const char *const withdrawal_names[_FEED_WITHDRAWAL_MAX] = {
        [FEED_WITHDRAWAL_KEEP] = "keep",
        [FEED_WITHDRAWAL_ROLLBACK] = "rollback",
};

const char *feed_withdrawal_to_string(FeedWithdrawal action)
{
        return withdrawal_names[action];
}

FeedWithdrawal feed_withdrawal_from_string(const char *text)
{
        for (FeedWithdrawal action = FEED_WITHDRAWAL_KEEP; action < _FEED_WITHDRAWAL_MAX; action++)
                if (streq(withdrawal_names[action], text))
                        return action;
        return FEED_WITHDRAWAL_NONE;
}

bool feed_channel_is_valid(const char *channel)
{
        size_t n = strlen(channel);

        return n > 0 && n <= 32 &&
               strspn(channel, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

bool feed_reboot_kind_is_valid(const char *kind)
{
        size_t n = strlen(kind);

        return n > 0 && n <= 32 && strspn(kind, "abcdefghijklmnopqrstuvwxyz-") == n;
}

void feed_patch_clear(FeedPatch *patch)
{
        free(patch->id);
        free(patch->version);
        free(patch->severity);
        strv_free(patch->supersedes);
        strv_free(patch->depends);
        strv_free(patch->conflicts);
        strv_free(patch->cves);
        free(patch->channel);
        free(patch->reason);
        *patch = (FeedPatch){};
}

FeedIndex *feed_index_free(FeedIndex *index)
{
        if (!index)
                return NULL;
        for (size_t i = 0; i < index->n_patches; i++)
                feed_patch_clear(&index->patches[i]);
        free(index->patches);
        free(index->release);
        free(index->reboot_kind);
        free(index->reboot_reason);
        free(index);
        return NULL;
}

const FeedPatch *feed_index_find(const FeedIndex *index, const char *id, const char *version)
{
        FOREACH_ARRAY (patch, index->patches, index->n_patches)
                if (streq(patch->id, id) && streq(patch->version, version))
                        return patch;
        return NULL;
}

static int read_lists(const JsonPlace *place, FeedPatch *patch)
{
        int r;

        r = json_read_ids(place, "supersedes", false, MANIFEST_IDS_MAX, &patch->supersedes);
        if (r < 0)
                return r;
        r = json_read_ids(place, "depends", false, MANIFEST_IDS_MAX, &patch->depends);
        if (r < 0)
                return r;
        r = json_read_ids(place, "conflicts", false, MANIFEST_IDS_MAX, &patch->conflicts);
        if (r < 0)
                return r;
        return json_read_ids(place, "cves", false, MANIFEST_CVES_MAX, &patch->cves);
}

static int read_files(const JsonPlace *place, FeedPatch *patch)
{
        int r;

        r = file_ref_read(place, "manifest", true, ENVELOPE_SIZE_MAX, &patch->manifest);
        if (r < 0)
                return r;
        r = file_ref_read(place, "module", true, MODULE_SIZE_MAX, &patch->module);
        if (r < 0)
                return r;
        return file_ref_read(place, "zstd", false, MODULE_SIZE_MAX, &patch->zstd);
}

static int read_rollout(const JsonPlace *place, FeedPatch *patch)
{
        uint64_t percent = 100, ramp = 0;
        int r;

        r = json_read_text(place, "channel", false, 32, feed_channel_is_valid, "is not a word",
                           &patch->channel);
        if (r < 0)
                return r;
        if (r == 0 && !(patch->channel = strdup(FEED_CHANNEL)))
                return failure_set_errno(place->failure, -ENOMEM, "Cannot read the index");
        r = json_read_date(place, "not_before", false, &patch->not_before);
        if (r < 0)
                return r;
        r = json_read_integer(place, "percent", false, 100, &percent);
        if (r < 0)
                return r;
        r = json_read_integer(place, "ramp", false, FEED_RAMP_MAX, &ramp);
        if (r < 0)
                return r;
        if (ramp > 0 && patch->not_before == 0)
                return json_place_fail(place, "ramp", "needs 'not_before'");
        patch->percent = (uint32_t) percent;
        patch->ramp = (uint32_t) ramp;
        return 0;
}

static int read_withdrawal(const JsonPlace *place, FeedPatch *patch)
{
        JsonPlace withdrawn;
        const char *action;
        int r;

        r = json_read_object(place, "withdrawn", false, &withdrawn);
        if (r <= 0)
                return r;
        r = json_read_string(&withdrawn, "action", true, 32, &action);
        if (r < 0)
                return r;
        patch->withdrawn = feed_withdrawal_from_string(action);
        if (patch->withdrawn == FEED_WITHDRAWAL_NONE)
                return json_place_fail(&withdrawn, "action", "is neither keep nor rollback");
        return json_read_text(&withdrawn, "reason", true, FEED_REASON_MAX, manifest_line_is_valid,
                              "has control characters", &patch->reason);
}

static int read_patch(const JsonPlace *place, FeedIndex *index)
{
        /* Counted first: what is read in part is released with the others. */
        FeedPatch *patch = &index->patches[index->n_patches++];
        int r;

        r = json_read_text(place, "id", true, PATCH_ID_MAX, patch_id_is_valid, "is not the id of a patch",
                           &patch->id);
        if (r < 0)
                return r;
        r = json_read_text(place, "version", true, PATCH_VERSION_MAX, patch_version_is_valid,
                           "is not a version", &patch->version);
        if (r < 0)
                return r;
        if (feed_index_find(index, patch->id, patch->version) != patch)
                return json_place_fail(place, "version", "is there twice for that id");
        r = json_read_text(place, "severity", false, 16, manifest_severity_is_valid,
                           "is none of low, moderate, important and critical", &patch->severity);
        if (r < 0)
                return r;
        r = read_files(place, patch);
        if (r < 0)
                return r;
        r = read_lists(place, patch);
        if (r < 0)
                return r;
        r = read_rollout(place, patch);
        return r < 0 ? r : read_withdrawal(place, patch);
}

static int read_patches(const JsonPlace *document, FeedIndex *index)
{
        struct json_object *array;
        size_t n;
        int r;

        r = json_read_array(document, "patches", true, FEED_PATCHES_MAX, &array);
        if (r < 0)
                return r;
        n = json_object_array_length(array);
        index->patches = calloc(n + 1, sizeof(*index->patches));
        if (!index->patches)
                return failure_set_errno(document->failure, -ENOMEM, "Cannot read the index");
        for (size_t i = 0; i < n; i++) {
                JsonPlace place;

                r = json_read_element(document, "patches", array, i, &place);
                if (r < 0)
                        return r;
                r = read_patch(&place, index);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_reboot(const JsonPlace *document, FeedIndex *index)
{
        JsonPlace reboot;
        int r;

        r = json_read_object(document, "reboot", false, &reboot);
        if (r <= 0)
                return r;
        r = json_read_text(&reboot, "kind", true, 32, feed_reboot_kind_is_valid, "is not a word",
                           &index->reboot_kind);
        if (r < 0)
                return r;
        return json_read_text(&reboot, "reason", true, FEED_REASON_MAX, manifest_line_is_valid,
                              "has control characters", &index->reboot_reason);
}

int feed_index_parse(const void *data, size_t size, FeedIndex **ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        _cleanup_(feed_index_freep) FeedIndex *index = calloc(1, sizeof(*index));
        JsonPlace document = { .document = "index", .kind = FAILURE_METADATA_INVALID, .failure = f };
        const char *type;
        int r;

        if (!index)
                return failure_set_errno(f, -ENOMEM, "Cannot read the index");
        r = json_read_document(data, size, &document, &owner);
        if (r < 0)
                return r;
        r = json_read_string(&document, "type", true, 32, &type);
        if (r < 0)
                return r;
        if (!streq(type, "index"))
                return json_place_fail(&document, "type", "says that it is something else");
        r = json_read_hex(&document, "build_id", true, index->build_id, BUILD_ID_SIZE);
        if (r < 0)
                return r;
        r = json_read_text(&document, "release", true, 64, manifest_release_is_valid,
                           "is not a kernel release", &index->release);
        if (r < 0)
                return r;
        r = read_patches(&document, index);
        if (r >= 0)
                r = read_reboot(&document, index);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(index);
        return 0;
}
