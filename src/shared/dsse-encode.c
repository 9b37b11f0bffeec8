/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "base64.h"
#include "dsse.h"
#include "json-read.h"

static int encode_signatures(struct json_object *document, const DsseEnvelope *e)
{
        struct json_object *array = json_object_new_array();
        int r;

        /* The document owns the array from here on. */
        r = json_write_member(document, "signatures", array);
        if (r < 0)
                return r;
        FOREACH_ARRAY (signature, e->signatures, e->n_signatures) {
                _cleanup_free_ char *sig = base64_encode(signature->signature, KEY_SIGNATURE_SIZE);
                struct json_object *element = json_object_new_object();

                r = json_append(array, element);
                if (r < 0)
                        return r;
                if (!sig)
                        return -ENOMEM;
                if (*signature->key_id) {
                        r = json_write_string(element, "keyid", signature->key_id);
                        if (r < 0)
                                return r;
                }
                r = json_write_string(element, "sig", sig);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int encode(const DsseEnvelope *e, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        _cleanup_free_ char *payload = base64_encode(e->payload, e->payload_size);
        int r;

        if (!document || !payload)
                return -ENOMEM;
        r = json_write_string(document, "payload", payload);
        if (r < 0)
                return r;
        r = json_write_string(document, "payloadType", e->payload_type);
        if (r < 0)
                return r;
        r = encode_signatures(document, e);
        if (r < 0)
                return r;
        return json_write_text(document, JSON_C_TO_STRING_PLAIN, ret_text);
}

int dsse_encode(const DsseEnvelope *e, char **ret_text, Failure *f)
{
        int r = encode(e, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the envelope") : 0;
}
