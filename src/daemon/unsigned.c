/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "unsigned.h"

#include "config-file.h"
#include "file-owned.h"
#include "file.h"
#include "hex.h"
#include "names.h"
#include "state-file.h"
#include "strv.h"
#include "text.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#define KEY_FOLDER    "unsigned"
#define KEY_SIZE      32 /* of an Ed25519 private key */
#define KEY_ID_PREFIX "unsigned:"
#define NEVER         253402300799 /* the last second of 9999 */

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

bool unsigned_is_root(const char *name)
{
        return streq_ptr(name, TRUST_ROOT_UNSIGNED);
}

static bool is_below(const char *path, const char *folder)
{
        size_t n = strlen(folder);

        return strncmp(path, folder, n) == 0 && path[n] == '/';
}

static int refuse_open(int r, const char *path, size_t bad, Failure *f)
{
        static const struct {
                int error;
                const char *why;
        } table[] = {
                { -EPERM, "is not root's" },
                { -EACCES, "can be written to by others than root" },
                { -ELOOP, "is a symbolic link" },
        };

        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (row->error == r)
                        return failure_set(f, FAILURE_KEY_UNKNOWN,
                                           "%s is not believed without a signature: %.*s %s.", path,
                                           (int) bad, path, row->why);
        if (r == -EINVAL)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "%s is not the path of a regular file without '.' and '..'.", path);
        return failure_set(f, FAILURE_INVALID_ARGUMENT, "Cannot open %s: %s.", path, strerror(-r));
}

int unsigned_open(const Host *host, const char *path, int *ret_fd, char **ret_folder, Failure *f)
{
        _cleanup_strv_free_ char **folders = NULL;
        _cleanup_close_ int root = -EBADF, fd = -EBADF;
        size_t bad = 0;
        int r;

        r = config_read_unsigned_from(host->conf_dir, &folders);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the settings");
        root = open(host->prefix[0] ? host->prefix : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return failure_set_errno(f, -errno, "Cannot open %s", path);
        for (char **folder = folders; folder && *folder; folder++) {
                if (!is_below(path, *folder))
                        continue;
                /* The owner is who runs this: root, but in tests. */
                fd = file_open_owned(root, path, geteuid(), &bad);
                if (fd < 0)
                        return refuse_open(fd, path, bad, f);
                *ret_folder = strdup(*folder);
                if (!*ret_folder)
                        return failure_set_errno(f, -ENOMEM, "Cannot open %s", path);
                *ret_fd = TAKE_FD(fd);
                return 0;
        }
        return failure_set(
                        f, FAILURE_KEY_UNKNOWN,
                        "%s has no signed manifest, and UnsignedFrom= in [Import] of kpatchd.conf names no "
                        "folder that it is in.",
                        path);
}

static int key_path(const Host *host, const char *folder, char **ret)
{
        uint8_t digest[SHA256_SIZE];
        _cleanup_free_ char *name = NULL;

        SHA256((const uint8_t *) folder, strlen(folder), digest);
        name = hex_encode(digest, sizeof(digest));
        *ret = name ? text_format("%s/" KEY_FOLDER "/%s.key", host->state_dir, name) : NULL;
        if (!*ret)
                return -ENOMEM;
        return 0;
}

/* -ENOENT where there is none; -EBADMSG where it is damaged: signatures with it are worth nothing, then. */
static int read_key(const char *path, EVP_PKEY **ret)
{
        _cleanup_free_ char *line = NULL;
        uint8_t raw[KEY_SIZE];
        EVP_PKEY *key;
        int r;

        r = file_read_line(AT_FDCWD, path, &line);
        if (r < 0)
                return state_is_damage(r) ? -EBADMSG : r;
        if (hex_decode(line, raw, sizeof(raw)) < 0)
                return -EBADMSG;
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
        explicit_bzero(raw, sizeof(raw));
        if (!key)
                return -EBADMSG;
        *ret = key;
        return 0;
}

static int write_key(const Host *host, const char *path, EVP_PKEY *key)
{
        _cleanup_free_ char *folder = NULL, *line = NULL;
        _cleanup_close_ int fd = -EBADF;
        uint8_t raw[KEY_SIZE];
        size_t n = sizeof(raw);

        if (EVP_PKEY_get_raw_private_key(key, raw, &n) != 1 || n != sizeof(raw))
                return -EIO;
        line = hex_encode(raw, sizeof(raw));
        explicit_bzero(raw, sizeof(raw));
        folder = line ? text_format("%s/" KEY_FOLDER, host->state_dir) : NULL;
        if (!folder)
                return -ENOMEM;
        fd = state_create_folder(folder);
        return fd < 0 ? fd : state_write(path, line, strlen(line));
}

/* A damaged one is replaced: what it signed is imported again. */
static int get_key(const Host *host, const char *folder, EVP_PKEY **ret)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = key_path(host, folder, &path);
        if (r < 0)
                return r;
        r = read_key(path, ret);
        if (r != -ENOENT && r != -EBADMSG)
                return r;
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        if (!key)
                return -EIO;
        r = write_key(host, path, key);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(key);
        return 0;
}

static int fill_public(EVP_PKEY *key, PublicKey *ret)
{
        _cleanup_free_ char *id = NULL;
        size_t n = KEY_PUBLIC_SIZE;

        if (EVP_PKEY_get_raw_public_key(key, ret->raw, &n) != 1 || n != KEY_PUBLIC_SIZE)
                return -EIO;
        id = hex_encode(ret->raw, sizeof(ret->raw));
        ret->id = id ? text_format(KEY_ID_PREFIX "%s", id) : NULL;
        if (!ret->id)
                return -ENOMEM;
        return 0;
}

static int sign(EVP_PKEY *key, const char *payload_type, const char *payload, uint8_t *ret_signature)
{
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
        _cleanup_free_ uint8_t *pae = NULL;
        size_t size, n = KEY_SIGNATURE_SIZE;
        int r;

        r = dsse_pae(payload_type, payload, strlen(payload), &pae, &size);
        if (r < 0)
                return r;
        if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
            EVP_DigestSign(context, ret_signature, &n, pae, size) != 1 || n != KEY_SIGNATURE_SIZE)
                return -EIO;
        return 0;
}

int unsigned_sign(const Host *host, const char *folder, const char *payload_type, const char *payload,
                  char **ret_envelope, Failure *f)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        DsseSignature signature = {};
        DsseEnvelope e = { .payload_type = (char *) payload_type,
                           .payload = (uint8_t *) payload,
                           .payload_size = strlen(payload),
                           .signatures = &signature,
                           .n_signatures = 1 };
        _cleanup_free_ char *id = NULL;
        PublicKey public = {};
        int r;

        r = get_key(host, folder, &key);
        if (r >= 0)
                r = fill_public(key, &public);
        id = public.id;
        signature.key_id = id;
        if (r >= 0)
                r = sign(key, payload_type, payload, signature.signature);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot sign with the key of %s in %s/" KEY_FOLDER, folder,
                                         host->state_dir);
        return dsse_encode(&e, ret_envelope, f);
}

/* Appends the key of a folder, if it has one, to root->keys, which has room. */
static int add_key(const Host *host, const char *folder, Root *root)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = key_path(host, folder, &path);
        if (r < 0)
                return r;
        /* One that cannot be read vouches for nothing, and that is said of each of its patches. */
        r = read_key(path, &key);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = fill_public(key, &root->keys[root->n_keys]);
        root->n_keys += r >= 0;
        return r;
}

static int root_new(const Host *host, char *const *folders, Root **ret)
{
        _cleanup_(root_freep) Root *root = calloc(1, sizeof(*root));
        RootRoleKeys *role;
        int r = 0;

        if (!root)
                return -ENOMEM;
        root->name = strdup(TRUST_ROOT_UNSIGNED);
        root->keys = calloc(strv_length(folders) + 1, sizeof(*root->keys));
        /* It can do nothing else: not renew itself, nor vouch for a feed. */
        role = &root->roles[ROOT_ROLE_PATCH];
        role->keys = calloc(strv_length(folders) + 1, sizeof(*role->keys));
        if (!root->name || !root->keys || !role->keys)
                return -ENOMEM;
        root->version = 1;
        root->expires = NEVER;
        for (; r >= 0 && *folders; folders++)
                r = add_key(host, *folders, root);
        if (r < 0)
                return r;
        for (size_t i = 0; i < root->n_keys; i++)
                role->keys[i] = &root->keys[i];
        role->n_keys = root->n_keys;
        role->threshold = 1;
        *ret = root->n_keys > 0 ? TAKE_PTR(root) : NULL;
        return 0;
}

int unsigned_load_root(const Host *host, Root **ret, Failure *f)
{
        _cleanup_strv_free_ char **folders = NULL;
        Root *root = NULL;
        int r;

        r = config_read_unsigned_from(host->conf_dir, &folders);
        if (r >= 0 && folders)
                r = root_new(host, folders, &root);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the keys in %s/" KEY_FOLDER, host->state_dir);
        *ret = root;
        return 0;
}

static int digest_key(EVP_MD_CTX *ctx, const Host *host, const char *folder)
{
        _cleanup_free_ char *path = NULL, *line = NULL;
        int r;

        r = key_path(host, folder, &path);
        if (r < 0)
                return r;
        r = file_read_line(AT_FDCWD, path, &line);
        if (r == -ENOMEM)
                return r;
        return EVP_DigestUpdate(ctx, folder, strlen(folder) + 1) == 1 &&
                                               EVP_DigestUpdate(ctx, strempty(line),
                                                                strlen(strempty(line)) + 1) == 1
                               ? 0
                               : -EIO;
}

int unsigned_digest(const Host *host, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        _cleanup_strv_free_ char **folders = NULL;
        int r;

        if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
                return -ENOMEM;
        r = config_read_unsigned_from(host->conf_dir, &folders);
        for (char **folder = folders; r >= 0 && folder && *folder; folder++)
                r = digest_key(ctx, host, *folder);
        if (r >= 0 && EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
                r = -EIO;
        return r;
}

bool unsigned_is_claimed(const DsseEnvelope *e)
{
        return e->n_signatures > 0 &&
               strncmp(e->signatures[0].key_id, KEY_ID_PREFIX, strlen(KEY_ID_PREFIX)) == 0;
}
