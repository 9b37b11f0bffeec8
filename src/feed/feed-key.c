/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-key.h"

#include "feed-file.h"
#include "file.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#define PEM_SIZE_MAX (16 * 1024)

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

/* Text that held a private key is wiped before its memory is released. */
typedef struct Secret {
        char *text;
        size_t size;
        bool is_open; /* others may read the file */
} Secret;

static void secret_clear(Secret *secret)
{
        if (secret->text)
                OPENSSL_cleanse(secret->text, secret->size);
        free(secret->text);
}

static int write_private(const EVP_PKEY *key, const char *path, Failure *f)
{
        /* Secure memory: OpenSSL wipes it. */
        _cleanup_(BIO_free_allp) BIO *pem = BIO_new(BIO_s_secmem());
        char *text;
        long n;

        if (!pem || PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) != 1)
                return failure_set(f, FAILURE_FAILED, "OpenSSL cannot write the private key.");
        n = BIO_get_mem_data(pem, &text);
        return feed_file_create(path, text, (size_t) n, 0600, f);
}

static int write_public(const EVP_PKEY *key, const char *path, Failure *f)
{
        _cleanup_(BIO_free_allp) BIO *pem = BIO_new(BIO_s_mem());
        char *text;
        long n;

        if (!pem || PEM_write_bio_PUBKEY(pem, key) != 1)
                return failure_set(f, FAILURE_FAILED, "OpenSSL cannot write the public key.");
        n = BIO_get_mem_data(pem, &text);
        return feed_file_create(path, text, (size_t) n, 0644, f);
}

int feed_key_generate(const char *private_path, const char *public_path, EVP_PKEY **ret, Failure *f)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        int r;

        if (!key)
                return failure_set(f, FAILURE_FAILED, "OpenSSL cannot make a key.");
        r = write_private(key, private_path, f);
        if (r < 0)
                return r;
        r = write_public(key, public_path, f);
        if (r < 0) {
                (void) unlink(private_path);
                return r;
        }
        *ret = TAKE_PTR(key);
        return 0;
}

static int read_secret(const char *path, Secret *ret, Failure *f)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return failure_set_errno(f, -errno, "Cannot open the private key %s", path);
        r = file_read_fd(fd, PEM_SIZE_MAX, &ret->text, &ret->size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the private key %s", path);
        ret->is_open = st.st_mode & (S_IRWXG | S_IRWXO);
        return 0;
}

int feed_key_read_private(const char *path, EVP_PKEY **ret, Failure *f)
{
        _cleanup_(secret_clear) Secret secret = {};
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_(BIO_free_allp) BIO *pem = NULL;
        int r;

        r = read_secret(path, &secret, f);
        if (r < 0)
                return r;
        pem = BIO_new_mem_buf(secret.text, (int) secret.size);
        if (pem)
                key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
        if (!key || !EVP_PKEY_is_a(key, "ED25519"))
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "%s is not an Ed25519 private key in PEM, or the passphrase is wrong.",
                                   path);
        if (secret.is_open)
                fprintf(stderr, "kpatch-feed: others may read the private key %s; 'chmod 600' it.\n", path);
        *ret = TAKE_PTR(key);
        return 0;
}

int feed_key_read_public(const char *path, uint8_t ret_raw[KEY_PUBLIC_SIZE], Failure *f)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_(BIO_free_allp) BIO *pem = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = feed_file_read(path, "public key", PEM_SIZE_MAX, &text, &size, f);
        if (r < 0)
                return r;
        pem = BIO_new_mem_buf(text, (int) size);
        if (pem)
                key = PEM_read_bio_PUBKEY(pem, NULL, NULL, NULL);
        if (!key || !EVP_PKEY_is_a(key, "ED25519"))
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "%s is not an Ed25519 public key in PEM.",
                                   path);
        return feed_key_get_public(key, ret_raw, f);
}

int feed_key_get_public(const EVP_PKEY *key, uint8_t ret_raw[KEY_PUBLIC_SIZE], Failure *f)
{
        size_t size = KEY_PUBLIC_SIZE;

        if (EVP_PKEY_get_raw_public_key(key, ret_raw, &size) != 1 || size != KEY_PUBLIC_SIZE)
                return failure_set(f, FAILURE_FAILED, "OpenSSL cannot read the public key.");
        return 0;
}

int feed_key_sign(EVP_PKEY *key, const void *data, size_t size, uint8_t ret_signature[KEY_SIGNATURE_SIZE],
                  Failure *f)
{
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
        size_t n = KEY_SIGNATURE_SIZE;

        if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
            EVP_DigestSign(context, ret_signature, &n, data, size) != 1 || n != KEY_SIGNATURE_SIZE)
                return failure_set(f, FAILURE_FAILED, "OpenSSL cannot sign with the key.");
        return 0;
}
