/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "dsse.h"

#include "base64.h"
#include "json-read.h"
#include "names.h"

DsseEnvelope *dsse_free(DsseEnvelope *e)
{
        if (!e)
                return NULL;
        for (size_t i = 0; i < e->n_signatures; i++)
                free(e->signatures[i].key_id);
        free(e->signatures);
        free(e->payload_type);
        free(e->payload);
        free(e);
        return NULL;
}

bool dsse_payload_type_is_valid(const char *payload_type)
{
        size_t n = strlen(payload_type);

        if (n == 0 || n > DSSE_PAYLOAD_TYPE_MAX)
                return false;
        for (size_t i = 0; i < n; i++)
                if (payload_type[i] <= ' ' || payload_type[i] > '~')
                        return false;
        return true;
}

static int decode_base64(const JsonPlace *place, const char *name, uint8_t **ret_data, size_t *ret_size)
{
        const char *text;
        int r;

        r = json_read_string(place, name, true, ENVELOPE_SIZE_MAX, &text);
        if (r < 0)
                return r;
        r = base64_decode(text, strlen(text), ret_data, ret_size);
        if (r == -ENOMEM)
                return failure_set_errno(place->failure, r, "Cannot read the envelope");
        if (r < 0)
                return json_place_fail(place, name, "is not base64");
        return 0;
}

/* Appends a signature to e->signatures, which has room, unless it cannot be one of Ed25519. */
static int decode_signature(const JsonPlace *place, DsseEnvelope *e)
{
        _cleanup_free_ uint8_t *bytes = NULL;
        DsseSignature *signature = &e->signatures[e->n_signatures];
        const char *key_id = "";
        size_t size;
        int r;

        r = decode_base64(place, "sig", &bytes, &size);
        if (r < 0)
                return r;
        r = json_read_string(place, "keyid", false, KEY_ID_MAX, &key_id);
        if (r < 0)
                return r;
        if (*key_id && !key_id_is_valid(key_id))
                return json_place_fail(place, "keyid", "has characters that are not printable ASCII");
        if (size != KEY_SIGNATURE_SIZE)
                return 0;
        signature->key_id = strdup(key_id);
        if (!signature->key_id)
                return failure_set_errno(place->failure, -ENOMEM, "Cannot read the envelope");
        memcpy(signature->signature, bytes, size);
        e->n_signatures++;
        return 0;
}

static int decode_signatures(const JsonPlace *place, DsseEnvelope *e)
{
        struct json_object *array;
        size_t n;
        int r;

        r = json_read_array(place, "signatures", true, DSSE_SIGNATURES_MAX, &array);
        if (r < 0)
                return r;
        n = json_object_array_length(array);
        if (n == 0)
                return json_place_fail(place, "signatures", "is empty: nobody signed");
        e->signatures = calloc(n, sizeof(*e->signatures));
        if (!e->signatures)
                return failure_set_errno(place->failure, -ENOMEM, "Cannot read the envelope");
        for (size_t i = 0; i < n; i++) {
                JsonPlace element;

                r = json_read_element(place, "signatures", array, i, &element);
                if (r < 0)
                        return r;
                r = decode_signature(&element, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

int dsse_decode(const char *text, size_t size, DsseEnvelope **ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *document = NULL;
        _cleanup_(dsse_freep) DsseEnvelope *e = calloc(1, sizeof(*e));
        JsonPlace place = { .document = "envelope", .kind = FAILURE_ENVELOPE_INVALID, .failure = f };
        const char *payload_type;
        int r;

        if (!e)
                return failure_set_errno(f, -ENOMEM, "Cannot read the envelope");
        if (size > ENVELOPE_SIZE_MAX)
                return failure_set(f, FAILURE_ENVELOPE_INVALID,
                                   "The envelope is larger than %u bytes, the most that is accepted.",
                                   ENVELOPE_SIZE_MAX);
        r = json_read_document(text, size, &place, &document);
        if (r < 0)
                return r;
        r = json_read_string(&place, "payloadType", true, DSSE_PAYLOAD_TYPE_MAX, &payload_type);
        if (r < 0)
                return r;
        if (!dsse_payload_type_is_valid(payload_type))
                return json_place_fail(&place, "payloadType", "has characters that are not printable ASCII");
        e->payload_type = strdup(payload_type);
        if (!e->payload_type)
                return failure_set_errno(f, -ENOMEM, "Cannot read the envelope");
        r = decode_base64(&place, "payload", &e->payload, &e->payload_size);
        if (r < 0)
                return r;
        r = decode_signatures(&place, e);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(e);
        return 0;
}
