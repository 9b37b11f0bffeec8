/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "base64.h"

#include "util.h"

#include <limits.h>
#include <openssl/evp.h>

char *base64_encode(const void *data, size_t size)
{
        char *text;

        if (size > INT_MAX / 2)
                return NULL;
        text = malloc((size + 2) / 3 * 4 + 1);
        if (!text)
                return NULL;
        EVP_EncodeBlock((unsigned char *) text, data, (int) size);
        return text;
}
