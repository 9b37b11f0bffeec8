/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-index.h"

#include "json-typed.h"

static int write_files(struct json_object *entry, const FeedPatch *patch)
{
        int r;

        r = file_ref_write(entry, "manifest", &patch->manifest);
        if (r < 0)
                return r;
        r = file_ref_write(entry, "module", &patch->module);
        if (r < 0)
                return r;
        return file_ref_write(entry, "zstd", &patch->zstd);
}

static int write_lists(struct json_object *entry, const FeedPatch *patch)
{
        int r;

        r = json_write_ids(entry, "supersedes", patch->supersedes);
        if (r < 0)
                return r;
        r = json_write_ids(entry, "depends", patch->depends);
        if (r < 0)
                return r;
        r = json_write_ids(entry, "conflicts", patch->conflicts);
        if (r < 0)
                return r;
        return json_write_ids(entry, "cves", patch->cves);
}

/* What is as it is where nothing is said stays unsaid. */
static int write_rollout(struct json_object *entry, const FeedPatch *patch)
{
        int r;

        r = json_write_string(entry, "channel", patch->channel);
        if (r >= 0 && patch->not_before != 0)
                r = json_write_date(entry, "not_before", patch->not_before);
        if (r >= 0 && patch->percent != 100)
                r = json_write_integer(entry, "percent", patch->percent);
        if (r >= 0 && patch->ramp != 0)
                r = json_write_integer(entry, "ramp", patch->ramp);
        return r;
}

static int write_withdrawal(struct json_object *entry, const FeedPatch *patch)
{
        struct json_object *withdrawn;
        int r;

        if (patch->withdrawn == FEED_WITHDRAWAL_NONE)
                return 0;
        withdrawn = json_object_new_object();
        r = json_write_member(entry, "withdrawn", withdrawn);
        if (r < 0)
                return r;
        r = json_write_string(withdrawn, "action", feed_withdrawal_to_string(patch->withdrawn));
        if (r < 0)
                return r;
        return json_write_string(withdrawn, "reason", patch->reason);
}

static int write_patch(struct json_object *patches, const FeedPatch *patch)
{
        struct json_object *entry = json_object_new_object();
        int r;

        r = json_append(patches, entry);
        if (r < 0)
                return r;
        r = json_write_string(entry, "id", patch->id);
        if (r < 0)
                return r;
        r = json_write_string(entry, "version", patch->version);
        if (r < 0)
                return r;
        r = json_write_string(entry, "severity", patch->severity);
        if (r < 0)
                return r;
        r = write_files(entry, patch);
        if (r < 0)
                return r;
        r = write_lists(entry, patch);
        if (r < 0)
                return r;
        r = write_rollout(entry, patch);
        return r < 0 ? r : write_withdrawal(entry, patch);
}

static int write_reboot(struct json_object *document, const FeedIndex *index)
{
        struct json_object *reboot;
        int r;

        if (!index->reboot_kind)
                return 0;
        reboot = json_object_new_object();
        r = json_write_member(document, "reboot", reboot);
        if (r >= 0)
                r = json_write_string(reboot, "kind", index->reboot_kind);
        return r < 0 ? r : json_write_string(reboot, "reason", index->reboot_reason);
}

static int format(const FeedIndex *index, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        struct json_object *patches;
        int r;

        if (!document)
                return -ENOMEM;
        r = json_write_string(document, "type", "index");
        if (r < 0)
                return r;
        r = json_write_hex(document, "build_id", index->build_id, BUILD_ID_SIZE);
        if (r < 0)
                return r;
        r = json_write_string(document, "release", index->release);
        if (r < 0)
                return r;
        patches = json_object_new_array();
        r = json_write_member(document, "patches", patches);
        for (size_t i = 0; r >= 0 && i < index->n_patches; i++)
                r = write_patch(patches, &index->patches[i]);
        if (r >= 0)
                r = write_reboot(document, index);
        return r < 0 ? r : json_write_text(document, JSON_C_TO_STRING_PLAIN, ret_text);
}

int feed_index_format(const FeedIndex *index, char **ret_text, Failure *f)
{
        int r = format(index, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the index") : 0;
}
