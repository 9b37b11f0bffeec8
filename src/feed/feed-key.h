/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "key.h"

#include <openssl/evp.h>

/* Ed25519 keys in files: private ones as PKCS#8 PEM, public ones as SubjectPublicKeyInfo PEM, so that
 * OpenSSL's own tools work on them. */

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

/* Makes a new key, and has its private part encrypted where encrypt says so, with the first line of the file
 * passphrase (NULL: what a person types). Both files must not exist; neither is there when this fails. */
int feed_key_generate(const char *private_path, const char *public_path, bool encrypt,
                      const char *passphrase, EVP_PKEY **ret, Failure *f);

/* A private key: a file in PEM, or a URI ("pkcs11:...") that a provider of OpenSSL's configuration knows.
 * The passphrase or PIN is the first line of the file passphrase, or asked for on the terminal where that is
 * NULL. Warns on standard error when others may read the key's file. */
int feed_key_read_private(const char *name, const char *passphrase, EVP_PKEY **ret, Failure *f);

int feed_key_read_public(const char *path, uint8_t ret_raw[KEY_PUBLIC_SIZE], Failure *f);

int feed_key_get_public(const EVP_PKEY *key, uint8_t ret_raw[KEY_PUBLIC_SIZE], Failure *f);

int feed_key_sign(EVP_PKEY *key, const void *data, size_t size, uint8_t ret_signature[KEY_SIGNATURE_SIZE],
                  Failure *f);
