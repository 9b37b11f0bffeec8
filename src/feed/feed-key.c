/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-key.h"

#include "feed-file.h"
#include "file.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <sys/stat.h>

#define PEM_SIZE_MAX (16 * 1024)

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_CLEANUP(OSSL_STORE_CTX *, OSSL_STORE_close);
DEFINE_CLEANUP(UI_METHOD *, UI_destroy_method);

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

/* The first line of the file passphrase; NULL stays NULL. */
static int read_passphrase(const char *path, Secret *ret, Failure *f)
{
        int r;

        if (!path)
                return 0;
        r = read_secret(path, ret, f);
        if (r < 0)
                return r;
        ret->text[strcspn(ret->text, "\r\n")] = 0;
        if (!*ret->text)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "The first line of %s, which is to be the passphrase, "
                                   "is empty.",
                                   path);
        return 0;
}

/* OpenSSL's callback: the text, or -1 where it is too long. */
static int give_passphrase(char *buffer, int size, int writes, void *text)
{
        int n = snprintf(buffer, (size_t) size, "%s", (const char *) text);

        return n < size ? n : -1;
}

static int write_private(const EVP_PKEY *key, const char *path, bool encrypt, const char *passphrase,
                         Failure *f)
{
        /* Secure memory: OpenSSL wipes it. */
        _cleanup_(BIO_free_allp) BIO *pem = BIO_new(BIO_s_secmem());
        _cleanup_(secret_clear) Secret secret = {};
        char *text;
        long n;
        int r;

        r = read_passphrase(passphrase, &secret, f);
        if (r < 0)
                return r;
        if (!pem || PEM_write_bio_PKCS8PrivateKey(pem, key, encrypt ? EVP_aes_256_cbc() : NULL, NULL, 0,
                                                  secret.text ? give_passphrase : NULL, secret.text) != 1)
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

int feed_key_generate(const char *private_path, const char *public_path, bool encrypt,
                      const char *passphrase, EVP_PKEY **ret, Failure *f)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        int r;

        if (!key)
                return failure_set(f, FAILURE_FAILED, "OpenSSL cannot make a key.");
        r = write_private(key, private_path, encrypt, passphrase, f);
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

static int read_pem(const char *path, Secret *passphrase, EVP_PKEY **ret, Failure *f)
{
        _cleanup_(secret_clear) Secret secret = {};
        _cleanup_(BIO_free_allp) BIO *pem = NULL;
        int r;

        r = read_secret(path, &secret, f);
        if (r < 0)
                return r;
        pem = BIO_new_mem_buf(secret.text, (int) secret.size);
        if (pem)
                *ret = PEM_read_bio_PrivateKey(pem, NULL, passphrase->text ? give_passphrase : NULL,
                                               passphrase->text);
        if (*ret && secret.is_open)
                fprintf(stderr, "kpatch-feed: others may read the private key %s; 'chmod 600' it.\n", path);
        return 0;
}

/* A token's key: the first private key under the URI. NULL where there is none. */
static int read_uri(const char *uri, Secret *passphrase, EVP_PKEY **ret, Failure *f)
{
        _cleanup_(UI_destroy_methodp) UI_METHOD *wrapped = NULL;
        _cleanup_(OSSL_STORE_closep) OSSL_STORE_CTX *store = NULL;

        if (passphrase->text) {
                wrapped = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
                if (!wrapped)
                        return failure_set_errno(f, -ENOMEM, "Cannot open the key");
        }
        store = OSSL_STORE_open(uri, wrapped ? wrapped : UI_OpenSSL(), passphrase->text, NULL, NULL);
        if (!store)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "OpenSSL cannot open %s; is a provider for it in its configuration?",
                                   uri);
        (void) OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
        while (!*ret && !OSSL_STORE_eof(store)) {
                OSSL_STORE_INFO *info = OSSL_STORE_load(store);

                if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
                        *ret = OSSL_STORE_INFO_get1_PKEY(info);
                OSSL_STORE_INFO_free(info);
                if (!info && OSSL_STORE_error(store))
                        break;
        }
        return 0;
}

int feed_key_read_private(const char *name, const char *passphrase, EVP_PKEY **ret, Failure *f)
{
        _cleanup_(secret_clear) Secret secret = {};
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        bool is_uri = strchr(name, ':') && access(name, F_OK) < 0;
        int r;

        r = read_passphrase(passphrase, &secret, f);
        if (r < 0)
                return r;
        r = is_uri ? read_uri(name, &secret, &key, f) : read_pem(name, &secret, &key, f);
        if (r < 0)
                return r;
        if (!key || !EVP_PKEY_is_a(key, "ED25519"))
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "%s is not an Ed25519 private key%s, or the passphrase is wrong.", name,
                                   is_uri ? "" : " in PEM");
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

        /* A token's key may have the public part as a parameter only. */
        if ((EVP_PKEY_get_raw_public_key(key, ret_raw, &size) != 1 &&
             EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, ret_raw, KEY_PUBLIC_SIZE,
                                             &size) != 1) ||
            size != KEY_PUBLIC_SIZE)
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
