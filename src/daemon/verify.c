/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "verify.h"

#include "cleanup.h"
#include "envelope.h"
#include "file.h"
#include "hex.h"
#include "module-file.h"
#include "root.h"
#include "strv.h"
#include "trust.h"
#include "unsigned.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/evp.h>

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

static int check_signature(Root *const *roots, size_t n_roots, const DsseEnvelope *e, const Root **ret,
                           Failure *f)
{
        _cleanup_failure_ Failure why = {};
        int r;

        r = root_verify_any(roots, n_roots, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, ret, &why);
        if (r >= 0)
                return 0;
        if ((why.kind == FAILURE_KEY_UNKNOWN || why.kind == FAILURE_NO_TRUST_ROOT) && unsigned_is_claimed(e))
                return failure_set(
                                f, FAILURE_KEY_UNKNOWN,
                                "Nobody has signed it, and UnsignedFrom= in [Import] of kpatchd.conf does not "
                                "name the folder any more that it was imported from.");
        return failure_set(f, why.kind, "%s", failure_sentence(&why));
}

int verify_manifest_by(EnvelopeParser *parser, Root *const *roots, size_t n_roots, const char *envelope,
                       size_t size, Manifest **ret, char **ret_root, time_t *ret_expires, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *root_name = NULL;
        const Root *root = NULL;
        int r;

        r = envelope_parser_decode(parser, envelope, size, &e, f);
        if (r < 0)
                return r;
        r = check_signature(roots, n_roots, e, &root, f);
        if (r < 0)
                return r;
        root_name = strdup(root->name);
        if (!root_name)
                return failure_set_errno(f, -ENOMEM, "Cannot read the manifest");
        r = manifest_parse(e->payload, e->payload_size, &m, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        *ret_root = TAKE_PTR(root_name);
        if (ret_expires)
                *ret_expires = root->expires;
        return 0;
}

int verify_manifest(const Host *host, const char *envelope, size_t size, Manifest **ret, char **ret_root,
                    time_t *ret_expires, Failure *f)
{
        _cleanup_(envelope_parser_freep) EnvelopeParser *parser = NULL;
        Root **roots;
        size_t n;
        int r;

        r = envelope_parser_new(host->parser, &parser);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the manifest");
        /* Read each time: an operator who puts a root in place or takes one away means from now on. */
        r = trust_load_roots(host, &roots, &n, f);
        if (r < 0)
                return r;
        r = verify_manifest_by(parser, roots, n, envelope, size, ret, ret_root, ret_expires, f);
        root_free_many(roots, n);
        return r;
}

/* How far the feed of a root file has moved it on. */
static uint64_t moved_version(const Host *host, const char *file)
{
        static const char suffix[] = ".root.json";
        size_t n = strlen(file), rest = strlen(suffix);
        char name[NAME_MAX + 1];

        if (n <= rest || n > NAME_MAX || !streq(file + n - rest, suffix))
                return 0;
        memcpy(name, file, n - rest);
        name[n - rest] = 0;
        return trust_moved_version(host, name);
}

static int digest_file(EVP_MD_CTX *ctx, int folder_fd, const char *name)
{
        _cleanup_free_ char *data = NULL;
        size_t size = 0;

        /* One that cannot be read is left out of the roots as well. */
        if (file_read(folder_fd, name, ENVELOPE_SIZE_MAX, &data, &size) < 0)
                size = 0;
        return EVP_DigestUpdate(ctx, name, strlen(name) + 1) == 1 &&
                                               EVP_DigestUpdate(ctx, &size, sizeof(size)) == 1 &&
                                               EVP_DigestUpdate(ctx, data, size) == 1
                               ? 0
                               : -EIO;
}

int verify_digest_roots(const Host *host, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        _cleanup_strv_free_ char **names = NULL;
        uint8_t local[SHA256_SIZE];
        char folder[PATH_MAX];
        struct dirent *entry;
        DIR *dir;
        int r;

        if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
                return -ENOMEM;
        r = unsigned_digest(host, local);
        if (r >= 0 && EVP_DigestUpdate(ctx, local, sizeof(local)) != 1)
                r = -EIO;
        (void) snprintf(folder, sizeof(folder), "%s/feeds.d", host->conf_dir);
        dir = opendir(folder);
        while (dir && r >= 0 && (entry = readdir(dir)))
                r = strv_append(&names, entry->d_name);
        strv_sort(names);
        for (char **name = names; r >= 0 && name && *name; name++) {
                uint64_t version = moved_version(host, *name);

                r = digest_file(ctx, dirfd(dir), *name);
                if (r >= 0 && EVP_DigestUpdate(ctx, &version, sizeof(version)) != 1)
                        r = -EIO;
        }
        if (dir)
                closedir(dir);
        if (r >= 0 && EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
                r = -EIO;
        return r;
}

int verify_digest(const uint8_t roots[SHA256_SIZE], const char *envelope, size_t size,
                  uint8_t ret[SHA256_SIZE])
{
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

        if (!ctx)
                return -ENOMEM;
        return EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
                                               EVP_DigestUpdate(ctx, roots, SHA256_SIZE) == 1 &&
                                               EVP_DigestUpdate(ctx, envelope, size) == 1 &&
                                               EVP_DigestFinal_ex(ctx, ret, NULL) == 1
                               ? 0
                               : -EIO;
}

int verify_module_bytes(const Manifest *m, const void *data, size_t size, Failure *f)
{
        uint8_t digest[EVP_MAX_MD_SIZE];

        /* The size first: it bounds what is hashed, and says more when a download was cut short. */
        if (size != m->module_size)
                return failure_set(f, FAILURE_MODULE_SIZE_MISMATCH,
                                   "The module has %zu bytes, but %" PRIu64
                                   " were signed for patch %s: fetch it again.",
                                   size, m->module_size, m->ref);
        if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
                return failure_set(f, FAILURE_FAILED, "Cannot compute the module's SHA-256.");
        if (memcmp(digest, m->module_sha256, SHA256_SIZE) != 0)
                return failure_set(
                                f, FAILURE_MODULE_DIGEST_MISMATCH,
                                "The module is not the one that was signed for patch %s: its SHA-256 differs; fetch "
                                "it again.",
                                m->ref);
        return 0;
}

static int check_kernel(const Host *host, const Manifest *m, Failure *f)
{
        const Kernel *k = host->kernel;
        size_t n = strlen(k->release);

        if (memcmp(m->kernel_build_id, k->build_id, BUILD_ID_SIZE) != 0) {
                _cleanup_free_ char *wanted = hex_encode(m->kernel_build_id, BUILD_ID_SIZE);

                return failure_set(
                                f, FAILURE_BUILD_ID_MISMATCH,
                                "Patch %s is for the kernel build %s (%s), but the build that runs is %s (%s): get "
                                "the patch for this kernel.",
                                m->ref, strna(wanted), m->kernel_release, k->build_id_text, k->release);
        }
        if (!streq(m->kernel_release, k->release))
                return failure_set(
                                f, FAILURE_RELEASE_MISMATCH,
                                "Patch %s says that it is for kernel release %s, but the release that runs is %s: "
                                "get the patch for this kernel.",
                                m->ref, m->kernel_release, k->release);
        /* The rest of vermagic is compared by the kernel, which alone knows it. */
        if (strncmp(m->module_vermagic, k->release, n) != 0 ||
            (m->module_vermagic[n] != ' ' && m->module_vermagic[n]))
                return failure_set(
                                f, FAILURE_VERMAGIC_MISMATCH,
                                "The module of patch %s was built against the headers of another kernel (vermagic "
                                "'%s', release %s): it must be built again.",
                                m->ref, m->module_vermagic, k->release);
        return 0;
}

int verify_module(const Host *host, const Manifest *m, const void *data, size_t size, Failure *f)
{
        _cleanup_(module_file_freep) ModuleFile *file = NULL;
        int r;

        r = verify_module_bytes(m, data, size, f);
        if (r < 0)
                return r;
        r = check_kernel(host, m, f);
        if (r < 0)
                return r;
        r = module_file_parse(data, size, &file, f);
        if (r < 0)
                return r;
        return module_file_check_manifest(file, m, f);
}
