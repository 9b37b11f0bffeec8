/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "file-ref.h"

#include "json-typed.h"

#include <inttypes.h>
#include <openssl/sha.h>

bool file_ref_equal(const FileRef *a, const FileRef *b)
{
        return a->size == b->size && memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

void file_ref_make(const void *data, size_t size, FileRef *ret)
{
        ret->size = size;
        SHA256(data, size, ret->sha256);
}

int file_ref_check(const FileRef *ref, const void *data, size_t size, const char *what, Failure *f)
{
        FileRef seen;

        if (size != ref->size)
                return failure_set(f, FAILURE_DOWNLOAD_MISMATCH,
                                   "The %s has %zu bytes where %" PRIu64 " were signed.", what, size,
                                   ref->size);
        file_ref_make(data, size, &seen);
        if (!file_ref_equal(ref, &seen))
                return failure_set(f, FAILURE_DOWNLOAD_MISMATCH, "The %s is not the one that was signed.",
                                   what);
        return 0;
}

void file_ref_path(const FileRef *ref, char ret_path[FILE_REF_PATH_SIZE])
{
        char *end = stpcpy(ret_path, "objects/");

        end += sprintf(end, "%02x/", ref->sha256[0]);
        for (size_t i = 0; i < sizeof(ref->sha256); i++)
                end += sprintf(end, "%02x", ref->sha256[i]);
}

int file_ref_read(const JsonPlace *place, const char *name, bool required, uint64_t max, FileRef *ret)
{
        JsonPlace object;
        FileRef ref;
        int r;

        r = json_read_object(place, name, required, &object);
        if (r <= 0)
                return r;
        r = json_read_integer(&object, "size", true, max, &ref.size);
        if (r < 0)
                return r;
        if (ref.size == 0)
                return json_place_fail(&object, "size", "is 0");
        r = json_read_hex(&object, "sha256", true, ref.sha256, sizeof(ref.sha256));
        if (r < 0)
                return r;
        *ret = ref;
        return 1;
}

int file_ref_write(struct json_object *object, const char *name, const FileRef *ref)
{
        struct json_object *entry;
        int r;

        if (ref->size == 0)
                return 0;
        entry = json_object_new_object();
        r = json_write_member(object, name, entry);
        if (r < 0)
                return r;
        r = json_write_integer(entry, "size", ref->size);
        if (r < 0)
                return r;
        return json_write_hex(entry, "sha256", ref->sha256, sizeof(ref->sha256));
}
