/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "dsse.h"

#include "names.h"

/* Flat form: for the payload type, the payload, and each signature's key id a 32-bit length in the machine's
 * order and the bytes; a 32-bit number of signatures stands before them, and each key id is followed by the
 * 64 bytes of its signature. Nothing follows. */

typedef struct Reader {
        const uint8_t *data;
        size_t left;
} Reader;

static int read_bytes(Reader *reader, void *ret, size_t n)
{
        if (reader->left < n)
                return -EBADMSG;
        memcpy(ret, reader->data, n);
        reader->data += n;
        reader->left -= n;
        return 0;
}

/* Reads a length of at most max and as many bytes, to which it adds a NUL. */
static int read_block(Reader *reader, size_t max, uint8_t **ret, size_t *ret_size)
{
        _cleanup_free_ uint8_t *block = NULL;
        uint32_t size;
        int r;

        r = read_bytes(reader, &size, sizeof(size));
        if (r < 0)
                return r;
        if (size > max)
                return -EBADMSG;
        block = malloc((size_t) size + 1);
        if (!block)
                return -ENOMEM;
        r = read_bytes(reader, block, size);
        if (r < 0)
                return r;
        block[size] = 0;
        *ret = TAKE_PTR(block);
        *ret_size = size;
        return 0;
}

static int read_string(Reader *reader, size_t max, char **ret)
{
        _cleanup_free_ uint8_t *block = NULL;
        size_t size;
        int r;

        r = read_block(reader, max, &block, &size);
        if (r < 0)
                return r;
        if (memchr(block, 0, size))
                return -EBADMSG;
        *ret = (char *) TAKE_PTR(block);
        return 0;
}

static int read_signature(Reader *reader, DsseSignature *signature)
{
        int r;

        r = read_string(reader, KEY_ID_MAX, &signature->key_id);
        if (r < 0)
                return r;
        if (*signature->key_id && !key_id_is_valid(signature->key_id))
                return -EBADMSG;
        return read_bytes(reader, signature->signature, sizeof(signature->signature));
}

static int read_envelope(Reader *reader, DsseEnvelope *e)
{
        uint32_t n;
        int r;

        r = read_string(reader, DSSE_PAYLOAD_TYPE_MAX, &e->payload_type);
        if (r < 0)
                return r;
        if (!dsse_payload_type_is_valid(e->payload_type))
                return -EBADMSG;
        r = read_block(reader, ENVELOPE_SIZE_MAX, &e->payload, &e->payload_size);
        if (r < 0)
                return r;
        r = read_bytes(reader, &n, sizeof(n));
        if (r < 0)
                return r;
        if (n > DSSE_SIGNATURES_MAX)
                return -EBADMSG;
        e->signatures = calloc(n > 0 ? n : 1, sizeof(*e->signatures));
        if (!e->signatures)
                return -ENOMEM;
        for (; n > 0; n--) {
                /* Counted first: a signature that is read in part is released with the others. */
                r = read_signature(reader, &e->signatures[e->n_signatures++]);
                if (r < 0)
                        return r;
        }
        return reader->left > 0 ? -EBADMSG : 0;
}

int dsse_unflatten(const uint8_t *data, size_t size, DsseEnvelope **ret)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = calloc(1, sizeof(*e));
        Reader reader = { data, size };
        int r;

        if (!e)
                return -ENOMEM;
        r = read_envelope(&reader, e);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(e);
        return 0;
}

static uint8_t *put_bytes(uint8_t *p, const void *bytes, size_t n)
{
        memcpy(p, bytes, n);
        return p + n;
}

static uint8_t *put_block(uint8_t *p, const void *bytes, size_t n)
{
        uint32_t size = (uint32_t) n;

        p = put_bytes(p, &size, sizeof(size));
        return put_bytes(p, bytes, n);
}

int dsse_flatten(const DsseEnvelope *e, uint8_t **ret_data, size_t *ret_size)
{
        size_t size = 3 * sizeof(uint32_t) + strlen(e->payload_type) + e->payload_size;
        uint32_t n = (uint32_t) e->n_signatures;
        uint8_t *data, *p;

        if (e->payload_size > ENVELOPE_SIZE_MAX || e->n_signatures > DSSE_SIGNATURES_MAX)
                return -EFBIG;
        FOREACH_ARRAY (signature, e->signatures, e->n_signatures)
                size += sizeof(uint32_t) + strlen(signature->key_id) + sizeof(signature->signature);
        data = malloc(size);
        if (!data)
                return -ENOMEM;
        p = put_block(data, e->payload_type, strlen(e->payload_type));
        p = put_block(p, e->payload, e->payload_size);
        p = put_bytes(p, &n, sizeof(n));
        FOREACH_ARRAY (signature, e->signatures, e->n_signatures) {
                p = put_block(p, signature->key_id, strlen(signature->key_id));
                p = put_bytes(p, signature->signature, sizeof(signature->signature));
        }
        *ret_data = data;
        *ret_size = size;
        return 0;
}
