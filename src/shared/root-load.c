/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "root.h"

#include "file.h"
#include "log.h"
#include "names.h"
#include "patch-ref.h"
#include "strv.h"

#include <dirent.h>
#include <fcntl.h>

#define ROOT_SUFFIX ".root.json"

int root_from_envelope(const char *name, const DsseEnvelope *e, Root **ret, Failure *f)
{
        _cleanup_(root_freep) Root *root = NULL;
        const RootRoleKeys *self;
        int r;

        r = dsse_check_type(e, PAYLOAD_TYPE_ROOT, f);
        if (r < 0)
                return r;
        /* A root brings the keys that it is checked with, so it is parsed first. */
        r = root_parse(name, e->payload, e->payload_size, &root, f);
        if (r < 0)
                return r;
        self = &root->roles[ROOT_ROLE_ROOT];
        r = dsse_verify(e, PAYLOAD_TYPE_ROOT, self->keys, self->n_keys, self->threshold, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(root);
        return 0;
}

static int load(int dir_fd, const char *file, Root **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *envelope = NULL;
        _cleanup_free_ char *text = NULL, *name = NULL;
        size_t size;
        int r;

        name = strndup(file, strlen(file) - strlen(ROOT_SUFFIX));
        if (!name)
                return failure_set_errno(f, -ENOMEM, "Cannot read the trust root");
        if (streq(name, TRUST_ROOT_UNSIGNED))
                return failure_set(f, FAILURE_ROOT_INVALID,
                                   "The name " TRUST_ROOT_UNSIGNED
                                   " stands for what nobody has signed: give it another one.");
        r = file_read(dir_fd, file, ENVELOPE_SIZE_MAX, &text, &size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the trust root");
        r = dsse_decode(text, size, &envelope, f);
        if (r < 0)
                return r;
        return root_from_envelope(name, envelope, ret, f);
}

/* Whether file is NAME.root.json with a name that can be a feed's; the rules are those of patch ids. */
static bool is_root_file(const char *file)
{
        size_t n = strlen(file), suffix = strlen(ROOT_SUFFIX);
        char name[PATCH_ID_MAX + 1];

        if (n <= suffix || n - suffix > PATCH_ID_MAX || !streq(file + n - suffix, ROOT_SUFFIX))
                return false;
        memcpy(name, file, n - suffix);
        name[n - suffix] = 0;
        return patch_id_is_valid(name);
}

static int list(DIR *dir, char ***ret_files)
{
        _cleanup_strv_free_ char **files = NULL;
        const struct dirent *entry;
        int r;

        for (;;) {
                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        break;
                if (!is_root_file(entry->d_name))
                        continue;
                r = strv_append(&files, entry->d_name);
                if (r < 0)
                        return r;
        }
        if (errno != 0)
                return -errno;
        strv_sort(files);
        *ret_files = TAKE_PTR(files);
        return 0;
}

static void closedir_cleanup(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

int root_load_all(const char *folder, Root ***ret_roots, size_t *ret_n, Failure *f)
{
        _cleanup_(closedir_cleanup) DIR *dir = opendir(folder);
        _cleanup_strv_free_ char **files = NULL;
        Root **roots;
        size_t n = 0;
        int r;

        if (!dir && errno != ENOENT)
                return failure_set_errno(f, -errno, "Cannot list the trust roots in %s", folder);
        if (dir) {
                r = list(dir, &files);
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot list the trust roots in %s", folder);
        }
        roots = calloc(strv_length(files) + 1, sizeof(Root *));
        if (!roots)
                return failure_set_errno(f, -ENOMEM, "Cannot read the trust roots");
        for (char **file = files; file && *file; file++) {
                _cleanup_failure_ Failure failure = {};

                r = load(dirfd(dir), *file, &roots[n], &failure);
                if (r < 0)
                        log_warning("The trust root %s/%s is not used. %s", folder, *file,
                                    failure_sentence(&failure));
                else
                        n++;
        }
        *ret_roots = roots;
        *ret_n = n;
        return 0;
}

int root_verify_any(Root *const *roots, size_t n_roots, RootRole role, const DsseEnvelope *e,
                    const char *payload_type, const Root **ret_root, Failure *f)
{
        _cleanup_failure_ Failure worst = {};

        if (n_roots == 0)
                return failure_set(f, FAILURE_NO_TRUST_ROOT, "%s",
                                   failure_info(FAILURE_NO_TRUST_ROOT)->sentence);
        for (size_t i = 0; i < n_roots; i++) {
                const RootRoleKeys *keys = &roots[i]->roles[role];
                _cleanup_failure_ Failure failure = {};

                if (dsse_verify(e, payload_type, keys->keys, keys->n_keys, keys->threshold, &failure) >= 0) {
                        if (ret_root)
                                *ret_root = roots[i];
                        return 0;
                }
                /* A root that knows the key says more than one to which it is foreign. */
                if (worst.kind == FAILURE_NONE || worst.kind == FAILURE_KEY_UNKNOWN) {
                        failure_clear(&worst);
                        worst = failure;
                        failure = (Failure){};
                }
        }
        return failure_set(f, worst.kind, "%s", failure_sentence(&worst));
}
