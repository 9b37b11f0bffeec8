/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "refresh-status.h"

#include "file.h"
#include "json-typed.h"
#include "log-ids.h"
#include "log.h"
#include "refresh-cache.h"
#include "state-file.h"
#include "trust.h"

#include <fcntl.h>

#define FORMAT       1
#define STATUS       "status.json"
#define STATUS_MAX   (64U * 1024)
#define TEXT_MAX     4096U
#define CANNOT_WRITE "Cannot write down how the refresh went"

void refresh_status_clear(RefreshStatus *status)
{
        free(status->error);
        free(status->message);
        free(status->etag);
        free(status->etag_url);
        *status = (RefreshStatus){};
}

static int read_copy(const JsonPlace *place, const char *name, char **ret)
{
        const char *text;
        int r = json_read_string(place, name, false, TEXT_MAX, &text);

        if (r <= 0)
                return r;
        *ret = strdup(text);
        return *ret ? 1 : -ENOMEM;
}

static int parse(const JsonPlace *place, RefreshStatus *status)
{
        uint64_t format;
        int r;

        r = json_read_integer(place, "format", true, JSON_INTEGER_MAX, &format);
        if (r < 0 || format != FORMAT)
                return r < 0 ? r : -EINVAL;
        r = json_read_date(place, "attempted", false, &status->attempted);
        if (r >= 0)
                r = json_read_date(place, "succeeded", false, &status->succeeded);
        if (r >= 0)
                r = read_copy(place, "error", &status->error);
        if (r >= 0)
                r = read_copy(place, "message", &status->message);
        if (r >= 0)
                r = json_read_integer(place, "failures", false, UINT32_MAX, &status->failures);
        if (r >= 0)
                r = json_read_date(place, "retry_at", false, &status->retry_at);
        if (r >= 0)
                r = read_copy(place, "etag", &status->etag);
        if (r >= 0)
                r = read_copy(place, "etag_url", &status->etag_url);
        if (r >= 0)
                r = json_read_integer(place, "timestamp_version", false, JSON_INTEGER_MAX,
                                      &status->timestamp_version);
        if (r >= 0)
                r = json_read_integer(place, "feed_version", false, JSON_INTEGER_MAX, &status->feed_version);
        if (r >= 0)
                r = json_read_integer(place, "root_version", false, JSON_INTEGER_MAX, &status->root_version);
        if (r >= 0)
                r = json_read_date(place, "expires", false, &status->expires);
        if (r >= 0)
                r = json_read_date(place, "issued", false, &status->issued);
        if (r >= 0)
                r = json_read_bool(place, "expired", false, &status->expired);
        return r < 0 ? r : file_ref_read(place, "index", false, INDEX_SIZE_MAX, &status->index);
}

int refresh_status_load(const Host *host, const char *feed, RefreshStatus *ret)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        _cleanup_free_ char *path = trust_path(host, feed, STATUS), *text = NULL;
        _cleanup_refresh_status_ RefreshStatus status = {};
        JsonPlace place = { .document = "status", .kind = FAILURE_STATE_CORRUPT };
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;
        r = file_read(AT_FDCWD, path, STATUS_MAX, &text, &size);
        if (r >= 0) {
                r = json_read_document(text, size, &place, &owner);
                if (r >= 0)
                        r = parse(&place, &status);
                if (r < 0 && r != -ENOMEM)
                        r = -EBADMSG;
        }
        if (r == -ENOMEM)
                return r;
        if (state_is_damage(r))
                state_set_aside(path);
        if (r < 0)
                refresh_status_clear(&status);
        *ret = status;
        status = (RefreshStatus){};
        return 0;
}

static int write_time(struct json_object *o, const char *name, time_t t)
{
        return t > 0 ? json_write_date(o, name, t) : 0;
}

static int format(const RefreshStatus *status, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *o = json_object_new_object();
        int r;

        if (!o)
                return -ENOMEM;
        r = json_write_integer(o, "format", FORMAT);
        if (r >= 0)
                r = write_time(o, "attempted", status->attempted);
        if (r >= 0)
                r = write_time(o, "succeeded", status->succeeded);
        if (r >= 0)
                r = json_write_string(o, "error", status->error);
        if (r >= 0)
                r = json_write_string(o, "message", status->message);
        if (r >= 0)
                r = json_write_integer(o, "failures", status->failures);
        if (r >= 0)
                r = write_time(o, "retry_at", status->retry_at);
        if (r >= 0)
                r = json_write_string(o, "etag", status->etag);
        if (r >= 0)
                r = json_write_string(o, "etag_url", status->etag_url);
        if (r >= 0)
                r = json_write_integer(o, "timestamp_version", status->timestamp_version);
        if (r >= 0)
                r = json_write_integer(o, "feed_version", status->feed_version);
        if (r >= 0)
                r = json_write_integer(o, "root_version", status->root_version);
        if (r >= 0)
                r = write_time(o, "expires", status->expires);
        if (r >= 0)
                r = write_time(o, "issued", status->issued);
        if (r >= 0 && status->expired)
                r = json_write_member(o, "expired", json_object_new_boolean(true));
        if (r >= 0)
                r = file_ref_write(o, "index", &status->index);
        return r < 0 ? r : json_write_text(o, JSON_INDENTED, ret_text);
}

int refresh_status_save(const Host *host, const char *feed, const RefreshStatus *status, Failure *f)
{
        _cleanup_free_ char *folder = trust_path(host, feed, ""), *path = trust_path(host, feed, STATUS);
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!folder || !path)
                return failure_set_errno(f, -ENOMEM, CANNOT_WRITE);
        r = format(status, &text);
        if (r < 0)
                return failure_set_errno(f, r, CANNOT_WRITE);
        fd = state_create_folder(folder);
        if (fd < 0)
                return failure_set_errno(f, fd, CANNOT_WRITE);
        r = state_write(path, text, strlen(text));
        return r < 0 ? failure_set_errno(f, r, CANNOT_WRITE) : 0;
}

int refresh_status_load_index(const Host *host, const char *feed, const RefreshStatus *status,
                              FeedIndex **ret)
{
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        *ret = NULL;
        if (status->index.size == 0)
                return 0;
        r = refresh_cache_read(host, feed, &status->index, &data, &size);
        if (r >= 0)
                r = feed_index_parse(data, size, ret, NULL);
        return r == -ENOMEM ? r : 0;
}

time_t refresh_status_now(const RefreshStatus *status)
{
        time_t now = time(NULL);

        return now < status->issued ? status->issued : now;
}

bool refresh_status_is_stale(const RefreshStatus *status)
{
        return status->expired || (status->expires != 0 && status->expires <= refresh_status_now(status));
}

void refresh_status_say_stale(const char *feed)
{
        log_full(LOG_WARNING, LOG_ID_FEED_STALE, NULL,
                 "What is known of the feed %s has expired: nothing new is installed from it until a refresh "
                 "succeeds. What is in force stays.",
                 feed);
}

int refresh_status_check_withdrawn(const Host *host, const char *feed, const char *id, const char *version,
                                   Failure *f)
{
        _cleanup_refresh_status_ RefreshStatus status = {};
        _cleanup_(feed_index_freep) FeedIndex *index = NULL;
        const FeedPatch *patch;
        int r;

        r = refresh_status_load(host, feed, &status);
        if (r >= 0)
                r = refresh_status_load_index(host, feed, &status, &index);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what is known of the feed %s", feed);
        patch = index ? feed_index_find(index, id, version) : NULL;
        if (!patch || patch->withdrawn == FEED_WITHDRAWAL_NONE)
                return 0;
        return failure_set(f, FAILURE_WITHDRAWN,
                           "Patch %s=%s is not applied: its publisher has withdrawn it. %s", id, version,
                           strempty(patch->reason));
}
