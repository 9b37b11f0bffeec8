/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever stands in for an envelope: it is decoded or refused, and what is decoded survives every form that
 * it is handed on in. The payloads' readers get the bytes as they are, too, as base64 keeps a fuzzer off
 * them. */

#include "dsse.h"
#include "manifest.h"
#include "root.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same(const DsseEnvelope *a, const DsseEnvelope *b)
{
        assert(streq(a->payload_type, b->payload_type));
        assert(a->payload_size == b->payload_size);
        assert(memcmp(a->payload, b->payload, a->payload_size + 1) == 0);
        assert(a->n_signatures == b->n_signatures);
        for (size_t i = 0; i < a->n_signatures; i++) {
                assert(streq(a->signatures[i].key_id, b->signatures[i].key_id));
                assert(memcmp(a->signatures[i].signature, b->signatures[i].signature, KEY_SIGNATURE_SIZE) ==
                       0);
        }
}

static void check_flat(const DsseEnvelope *e)
{
        _cleanup_(dsse_freep) DsseEnvelope *again = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        size_t size;
        int r;

        r = dsse_flatten(e, &flat, &size);
        assert(r == 0);
        r = dsse_unflatten(flat, size, &again);
        assert(r == 0);
        assert_same(e, again);
}

static void check_text(const DsseEnvelope *e)
{
        _cleanup_(dsse_freep) DsseEnvelope *again = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = dsse_encode(e, &text, NULL);
        assert(r == 0);
        r = dsse_decode(text, strlen(text), &again, NULL);
        /* Escapes and spaces may have been shorter, and an envelope without our kind of signature has none.
         */
        if (r < 0) {
                assert(e->n_signatures == 0 || strlen(text) > 200 * 1024);
                return;
        }
        assert_same(e, again);
}

static void check_manifest(const void *data, size_t size)
{
        _cleanup_(manifest_freep) Manifest *m = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        if (manifest_parse(data, size, &m, &f) < 0) {
                assert(f.kind == FAILURE_MANIFEST_INVALID);
                return;
        }
        r = manifest_format(m, &text, NULL);
        assert(r == 0);
        r = manifest_parse(text, strlen(text), &again, NULL);
        assert(r == 0);
        r = manifest_format(again, &same, NULL);
        assert(r == 0 && streq(text, same));
}

static void check_root(const void *data, size_t size)
{
        _cleanup_(root_freep) Root *root = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        if (root_parse("fuzz", data, size, &root, &f) < 0) {
                assert(f.kind == FAILURE_ROOT_INVALID);
                return;
        }
        r = root_format(root, &text, NULL);
        assert(r == 0);
        r = root_parse("fuzz", text, strlen(text), &again, NULL);
        assert(r == 0);
        r = root_format(again, &same, NULL);
        assert(r == 0 && streq(text, same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(dsse_freep) DsseEnvelope *decoded = NULL, *unflattened = NULL;

        if (dsse_decode((const char *) data, size, &decoded, NULL) == 0) {
                check_flat(decoded);
                check_text(decoded);
                check_manifest(decoded->payload, decoded->payload_size);
                check_root(decoded->payload, decoded->payload_size);
        }
        if (dsse_unflatten(data, size, &unflattened) == 0)
                check_flat(unflattened);
        check_manifest(data, size);
        check_root(data, size);
        return 0;
}
