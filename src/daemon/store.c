/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "store.h"

#include "cleanup.h"
#include "fault.h"
#include "file.h"
#include "hex.h"
#include "patch-ref.h"
#include "state-file.h"
#include "strv.h"
#include "text.h"

#include <fcntl.h>
#include <sys/stat.h>

#define SUFFIX        ".json"
#define MODULE_SUFFIX ".ko"

static int manifest_path(const char *state_dir, const char *ref, char **ret, Failure *f)
{
        *ret = text_format("%s/manifests/%s" SUFFIX, state_dir, ref);
        if (!*ret)
                return failure_set_errno(f, -ENOMEM, "Cannot read the store");
        return 0;
}

static int module_path(const char *state_dir, const Manifest *m, char **ret_path, Failure *f)
{
        _cleanup_free_ char *digest = hex_encode(m->module_sha256, SHA256_SIZE);

        *ret_path = digest ? text_format("%s/modules/%s" MODULE_SUFFIX, state_dir, digest) : NULL;
        if (!*ret_path)
                return failure_set_errno(f, -ENOMEM, "Cannot read the store");
        return 0;
}

/* "id=version" from a file name of the manifests folder, or NULL. */
static char *ref_from_file_name(const char *name)
{
        _cleanup_free_ char *ref = NULL, *id = NULL, *version = NULL;
        size_t n = strlen(name);

        if (n <= strlen(SUFFIX) || !streq(name + n - strlen(SUFFIX), SUFFIX))
                return NULL;
        ref = strndup(name, n - strlen(SUFFIX));
        if (!ref || patch_ref_parse(ref, &id, &version, NULL) < 0 || !version)
                return NULL;
        return TAKE_PTR(ref);
}

int store_list(const char *state_dir, char ***ret_refs, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        _cleanup_strv_free_ char **refs = NULL;
        struct dirent *entry;
        DIR *dir = NULL;
        int r;

        path = text_format("%s/manifests", state_dir);
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot read the store");
        r = state_open_folder(path, &dir);
        while (dir && r >= 0 && (entry = readdir(dir))) {
                _cleanup_free_ char *ref = ref_from_file_name(entry->d_name);

                if (ref)
                        r = strv_append(&refs, ref);
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read %s", path);
        strv_sort(refs);
        *ret_refs = TAKE_PTR(refs);
        return 0;
}

bool store_contains(const char *state_dir, const char *ref)
{
        _cleanup_free_ char *id = NULL, *version = NULL, *path = NULL;

        return patch_ref_parse(ref, &id, &version, NULL) >= 0 && version &&
               manifest_path(state_dir, ref, &path, NULL) >= 0 && access(path, F_OK) >= 0;
}

void store_stat(const char *state_dir, const char *ref, uint64_t *ret_size, uint64_t *ret_mtime)
{
        _cleanup_free_ char *path = NULL;
        struct stat st = {};

        if (manifest_path(state_dir, ref, &path, NULL) < 0 || lstat(path, &st) < 0)
                st = (struct stat){};
        *ret_size = (uint64_t) st.st_size;
        *ret_mtime = (uint64_t) st.st_mtime;
}

static uint64_t folder_size(const char *state_dir, const char *name)
{
        _cleanup_free_ char *path = NULL;
        uint64_t size = 0;
        struct dirent *entry;
        DIR *dir;

        path = text_format("%s/%s", state_dir, name);
        if (!path)
                return 0;
        dir = opendir(path);
        while (dir && (entry = readdir(dir))) {
                struct stat st;

                if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISREG(st.st_mode))
                        size += (uint64_t) st.st_size;
        }
        if (dir)
                closedir(dir);
        return size;
}

uint64_t store_size(const char *state_dir)
{
        return folder_size(state_dir, "manifests") + folder_size(state_dir, "modules");
}

int store_read_manifest(const char *state_dir, const char *ref, char **ret_envelope, size_t *ret_size,
                        Failure *f)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = manifest_path(state_dir, ref, &path, f);
        if (r < 0)
                return r;
        r = file_read(AT_FDCWD, path, ENVELOPE_SIZE_MAX, ret_envelope, ret_size);
        if (r == -ENOENT)
                return failure_set(
                                f, FAILURE_NO_SUCH_PATCH,
                                "No patch %s is stored; 'kpatchctl list' shows what is, 'kpatchctl import' adds one.",
                                ref);
        return r < 0 ? failure_set_errno(f, r, "Cannot read %s", path) : 0;
}

int store_read_module(const char *state_dir, const Manifest *m, char **ret_data, size_t *ret_size,
                      Failure *f)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = module_path(state_dir, m, &path, f);
        if (r < 0)
                return r;
        r = file_read(AT_FDCWD, path, MODULE_SIZE_MAX, ret_data, ret_size);
        if (r == -ENOENT)
                return failure_set(
                                f, FAILURE_STATE_CORRUPT,
                                "The module of patch %s is missing from the store (%s): import the patch again.",
                                m->ref, path);
        return r < 0 ? failure_set_errno(f, r, "Cannot read %s", path) : 0;
}

bool store_has_module(const char *state_dir, const uint8_t sha256[SHA256_SIZE], uint64_t size)
{
        _cleanup_free_ char *digest = hex_encode(sha256, SHA256_SIZE), *path = NULL;
        struct stat st;

        path = digest ? text_format("%s/modules/%s.ko", state_dir, digest) : NULL;
        if (!path)
                return false;
        return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t) st.st_size == size;
}

static int create_folder(const char *state_dir, const char *name, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -EBADF;

        path = text_format("%s/%s", state_dir, name);
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot write to the store");
        fd = state_create_folder(path);
        return fd < 0 ? failure_set_errno(f, fd, "Cannot create %s", path) : 0;
}

int store_add(const char *state_dir, const Manifest *m, const void *envelope, size_t envelope_size,
              const void *module, size_t module_size, Failure *f)
{
        _cleanup_free_ char *module_file = NULL, *envelope_file = NULL;
        bool module_is_new, envelope_is_new;
        int r;

        r = module_path(state_dir, m, &module_file, f);
        if (r < 0)
                return r;
        r = manifest_path(state_dir, m->ref, &envelope_file, f);
        if (r < 0)
                return r;
        r = create_folder(state_dir, "modules", f);
        if (r < 0)
                return r;
        r = create_folder(state_dir, "manifests", f);
        if (r < 0)
                return r;

        module_is_new = access(module_file, F_OK) < 0;
        envelope_is_new = access(envelope_file, F_OK) < 0;
        r = state_write(module_file, module, module_size);
        fault_point("store", "module");
        if (r >= 0)
                r = state_write(envelope_file, envelope, envelope_size);
        if (r < 0) {
                /* The rename may have happened, and only its fsync failed. */
                if (envelope_is_new)
                        (void) file_remove(AT_FDCWD, envelope_file);
                if (module_is_new)
                        (void) file_remove(AT_FDCWD, module_file);
                return failure_set_errno(f, r, "Cannot store patch %s", m->ref);
        }
        return 0;
}

/* The hash of which a file of the modules folder is the module, or what is left of a write of it. */
static int sha256_of_file(const char *file, uint8_t ret[SHA256_SIZE])
{
        char digest[2 * SHA256_SIZE + 1] = {};
        bool temporary = file[0] == '.';
        const char *name = file + temporary;

        if (strlen(name) <= 2 * SHA256_SIZE ||
            !streq(name + 2 * SHA256_SIZE, temporary ? MODULE_SUFFIX ".tmp" : MODULE_SUFFIX))
                return -EINVAL;
        memcpy(digest, name, 2 * SHA256_SIZE);
        return hex_decode(digest, ret, SHA256_SIZE);
}

static bool is_of(const uint8_t (*list)[SHA256_SIZE], size_t n, const uint8_t sha256[SHA256_SIZE])
{
        for (size_t i = 0; i < n; i++)
                if (memcmp(list[i], sha256, SHA256_SIZE) == 0)
                        return true;
        return false;
}

uint64_t store_drop_modules(const char *state_dir, const uint8_t (*kept)[SHA256_SIZE], size_t n_kept,
                            bool only_look)
{
        _cleanup_free_ char *path = NULL;
        uint8_t sha256[SHA256_SIZE];
        uint64_t size = 0;
        struct dirent *entry;
        DIR *dir;

        path = text_format("%s/modules", state_dir);
        dir = path ? opendir(path) : NULL;
        while (dir && (entry = readdir(dir))) {
                struct stat st;

                /* A temporary is nobody's: whoever wrote it had the lock. */
                if (sha256_of_file(entry->d_name, sha256) < 0 ||
                    (entry->d_name[0] != '.' && is_of(kept, n_kept, sha256)) ||
                    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                        continue;
                if (only_look || unlinkat(dirfd(dir), entry->d_name, 0) >= 0)
                        size += (uint64_t) st.st_size;
        }
        if (dir)
                closedir(dir);
        return size;
}

int store_remove(const char *state_dir, const char *ref, const Manifest *m, Failure *f)
{
        _cleanup_free_ char *path = NULL, *module = NULL;
        int r;

        r = manifest_path(state_dir, ref, &path, f);
        if (r >= 0 && m)
                r = module_path(state_dir, m, &module, f);
        if (r < 0)
                return r;
        r = file_remove(AT_FDCWD, path);
        if (r < 0 && r != -ENOENT)
                return failure_set_errno(f, r, "Cannot remove %s", path);
        r = module ? file_remove(AT_FDCWD, module) : 0;
        return r < 0 && r != -ENOENT ? failure_set_errno(f, r, "Cannot remove %s", module) : 0;
}
