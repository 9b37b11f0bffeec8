/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "dsse.h"
#include "names.h"
#include "sign-test.h"

#define TYPE "application/x-test+json"

static DsseEnvelope *decode(const char *text)
{
        _cleanup_failure_ Failure f = {};
        DsseEnvelope *e = NULL;

        assert_success(dsse_decode(text, strlen(text), &e, &f), &f);
        return e;
}

static void assert_refused(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        DsseEnvelope *e = NULL;

        assert_failure(dsse_decode(text, strlen(text), &e, &f), &f, FAILURE_ENVELOPE_INVALID, why);
        assert_null(e);
}

/* 64 bytes of zeros */
#define SIG "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

/* The example of the DSSE protocol. */
static void test_pae(void **state)
{
        static const char expected[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        _cleanup_free_ uint8_t *pae = NULL, *empty = NULL;
        size_t size;

        assert_int_equal(dsse_pae("http://example.com/HelloWorld", "hello world", 11, &pae, &size), 0);
        assert_int_equal(size, strlen(expected));
        assert_memory_equal(pae, expected, size);
        assert_int_equal(dsse_pae("t", "", 0, &empty, &size), 0);
        assert_int_equal(size, strlen("DSSEv1 1 t 0 "));
        assert_memory_equal(empty, "DSSEv1 1 t 0 ", size);
}

static void test_decode(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;

        e = decode("{\"future\":{},\"payload\":\"aGkA\",\"payloadType\":\"" TYPE "\",\"signatures\":["
                   "{\"keyid\":\"k\",\"sig\":\"" SIG "\",\"extra\":1},{\"sig\":\"" SIG "\"}]}");
        assert_string_equal(e->payload_type, TYPE);
        assert_int_equal(e->payload_size, 3);
        assert_memory_equal(e->payload, "hi\0\0", 4);
        assert_int_equal(e->n_signatures, 2);
        assert_string_equal(e->signatures[0].key_id, "k");
        assert_string_equal(e->signatures[1].key_id, "");
}

/* Signatures of other schemes may stand beside ours. */
static void test_decode_leaves_out_other_signatures(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;

        e = decode("{\"payload\":\"aGk=\",\"payloadType\":\"t\",\"signatures\":["
                   "{\"keyid\":\"short\",\"sig\":\"AAAA\"},{\"keyid\":\"long\",\"sig\":\"AAAA" SIG
                   "\"},{\"keyid\":\"k\",\"sig\":\"" SIG "\"}]}");
        assert_int_equal(e->n_signatures, 1);
        assert_string_equal(e->signatures[0].key_id, "k");
}

static void test_decode_refuses(void **state)
{
#define ENVELOPE(payload, type, signatures) \
        "{\"payload\":" payload ",\"payloadType\":" type ",\"signatures\":" signatures "}"
#define GOOD "[{\"sig\":\"" SIG "\"}]"
        assert_refused("", "is not JSON");
        assert_refused("{}", "'payloadType' is missing");
        assert_refused(ENVELOPE("1", "\"t\"", GOOD), "'payload' is not a string");
        assert_refused(ENVELOPE("\"aGk\"", "\"t\"", GOOD), "'payload' is not base64");
        assert_refused(ENVELOPE("\"\"", "\"t\"", GOOD), "'payload' is empty");
        assert_refused(ENVELOPE("\"aGk=\"", "\"\"", GOOD), "'payloadType' is empty");
        assert_refused(ENVELOPE("\"aGk=\"", "\"a b\"", GOOD), "not printable");
        assert_refused(ENVELOPE("\"aGk=\"", "\"\xc3\xa4\"", GOOD), "not printable");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "[]"), "nobody signed");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "{}"), "not a list");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "[1]"), "'signatures[0]'");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "[{}]"), "'signatures[0].sig' is missing");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "[{\"sig\":\"*\"}]"), "not base64");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "[{\"keyid\":1,\"sig\":\"" SIG "\"}]"), "not a string");
        assert_refused(ENVELOPE("\"aGk=\"", "\"t\"", "[{\"keyid\":\"\\u001b[m\",\"sig\":\"" SIG "\"}]"),
                       "not printable");
        assert_refused("{\"payload\":\"aGk=\",\"payload\":\"aGk=\",\"payloadType\":\"t\",\"signatures\":" GOOD
                       "}",
                       "a field twice");
}

static void test_decode_bounds(void **state)
{
        _cleanup_free_ char *large = malloc(ENVELOPE_SIZE_MAX + 2), *many = NULL;
        _cleanup_failure_ Failure f = {};
        DsseEnvelope *e = NULL;
        char *p;

        memset(large, ' ', ENVELOPE_SIZE_MAX + 1);
        assert_failure(dsse_decode(large, ENVELOPE_SIZE_MAX + 1, &e, &f), &f, FAILURE_ENVELOPE_INVALID,
                       "larger than 262144");
        many = malloc(4096);
        p = stpcpy(many, "{\"payload\":\"aGk=\",\"payloadType\":\"t\",\"signatures\":[");
        for (size_t i = 0; i <= DSSE_SIGNATURES_MAX; i++)
                p = stpcpy(p, i == 0 ? "{\"sig\":\"" SIG "\"}" : ",{\"sig\":\"" SIG "\"}");
        (void) stpcpy(p, "]}");
        assert_refused(many, "too many");
}

static DsseEnvelope *signed_envelope(void)
{
        DsseEnvelope *e = sign_test_envelope(TYPE, "{\"a\": 1}\n");

        sign_test_add(e, 1, "one");
        sign_test_add(e, 2, "");
        return e;
}

static void assert_same(const DsseEnvelope *a, const DsseEnvelope *b)
{
        assert_string_equal(a->payload_type, b->payload_type);
        assert_int_equal(a->payload_size, b->payload_size);
        assert_memory_equal(a->payload, b->payload, a->payload_size + 1);
        assert_int_equal(a->n_signatures, b->n_signatures);
        for (size_t i = 0; i < a->n_signatures; i++) {
                assert_string_equal(a->signatures[i].key_id, b->signatures[i].key_id);
                assert_memory_equal(a->signatures[i].signature, b->signatures[i].signature,
                                    KEY_SIGNATURE_SIZE);
        }
}

static void test_encode(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope(), *again = NULL;
        _cleanup_failure_ Failure f = {};
        _cleanup_free_ char *text = NULL;

        assert_success(dsse_encode(e, &text, &f), &f);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
        again = decode(text);
        assert_same(e, again);
}

static void test_flat(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope(), *again = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        size_t size;

        assert_int_equal(dsse_flatten(e, &flat, &size), 0);
        assert_int_equal(dsse_unflatten(flat, size, &again), 0);
        assert_same(e, again);
}

static void test_flat_truncated(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope();
        _cleanup_free_ uint8_t *flat = NULL, *longer = NULL;
        DsseEnvelope *none = NULL;
        size_t size;

        assert_int_equal(dsse_flatten(e, &flat, &size), 0);
        for (size_t n = 0; n < size; n++) {
                /* A copy of its own size, so that a sanitizer sees a read beyond it. */
                _cleanup_free_ uint8_t *cut = malloc(n + (n == 0));

                memcpy(cut, flat, n);
                assert_int_equal(dsse_unflatten(cut, n, &none), -EBADMSG);
        }
        longer = calloc(1, size + 1);
        memcpy(longer, flat, size);
        assert_int_equal(dsse_unflatten(longer, size + 1, &none), -EBADMSG);
        assert_null(none);
}

/* The process that decodes has no privileges; what it answers may be anything. */
static void test_flat_flipped(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope();
        _cleanup_free_ uint8_t *flat = NULL;
        size_t size;

        assert_int_equal(dsse_flatten(e, &flat, &size), 0);
        for (size_t bit = 0; bit < 8 * size; bit++) {
                _cleanup_(dsse_freep) DsseEnvelope *other = NULL;

                flat[bit / 8] ^= (uint8_t) (1 << bit % 8);
                if (dsse_unflatten(flat, size, &other) == 0) {
                        assert_true(dsse_payload_type_is_valid(other->payload_type));
                        assert_true(other->n_signatures <= DSSE_SIGNATURES_MAX);
                        for (size_t i = 0; i < other->n_signatures; i++)
                                assert_true(!*other->signatures[i].key_id ||
                                            key_id_is_valid(other->signatures[i].key_id));
                }
                flat[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
}

static void test_flat_bounds(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(TYPE, "x"), *none = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        size_t size;

        assert_int_equal(dsse_flatten(e, &flat, &size), 0);
        memset(flat, 0xff, 4);
        assert_int_equal(dsse_unflatten(flat, size, &none), -EBADMSG);
        e->payload_size = ENVELOPE_SIZE_MAX + 1;
        assert_int_equal(dsse_flatten(e, &flat, &size), -EFBIG);
        e->payload_size = 1;
        e->n_signatures = DSSE_SIGNATURES_MAX + 1;
        assert_int_equal(dsse_flatten(e, &flat, &size), -EFBIG);
        e->n_signatures = 0;
}

/* A NUL would cut a type or a key id off for whoever reads them as text. */
static void test_flat_nul_in_text(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope(), *none = NULL;
        _cleanup_free_ uint8_t *flat = NULL;
        uint8_t *key_id;
        size_t size;

        assert_int_equal(dsse_flatten(e, &flat, &size), 0);
        flat[4 + 3] = 0;
        assert_int_equal(dsse_unflatten(flat, size, &none), -EBADMSG);
        flat[4 + 3] = 'l';
        key_id = memmem(flat, size, "one", 3);
        assert_non_null(key_id);
        key_id[1] = 0;
        assert_int_equal(dsse_unflatten(flat, size, &none), -EBADMSG);
}

/* One payload of the largest size fits, one byte more does not. */
static void test_flat_payload_bound(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(TYPE, ""), *again = NULL, *none = NULL;
        _cleanup_free_ uint8_t *flat = NULL, *longer = NULL;
        uint32_t too_large = ENVELOPE_SIZE_MAX + 1;
        size_t size, at = 4 + strlen(TYPE);

        free(e->payload);
        e->payload = calloc(1, ENVELOPE_SIZE_MAX + 1);
        e->payload_size = ENVELOPE_SIZE_MAX;
        assert_int_equal(dsse_flatten(e, &flat, &size), 0);
        assert_int_equal(dsse_unflatten(flat, size, &again), 0);
        longer = calloc(1, size + 1);
        memcpy(longer, flat, at);
        memcpy(longer + at, &too_large, sizeof(too_large));
        assert_int_equal(dsse_unflatten(longer, size + 1, &none), -EBADMSG);
}

typedef struct Keys {
        PublicKey keys[3];
        const PublicKey *list[3];
} Keys;

static int keys_setup(void **state)
{
        static const char *const ids[] = { "one", "two", "three" };
        Keys *k = calloc(1, sizeof(*k));

        for (uint8_t i = 0; i < 3; i++) {
                sign_test_key(i + 1, ids[i], &k->keys[i]);
                k->list[i] = &k->keys[i];
        }
        *state = k;
        return 0;
}

static int keys_teardown(void **state)
{
        Keys *k = *state;

        for (size_t i = 0; i < 3; i++)
                free(k->keys[i].id);
        free(k);
        return 0;
}

static void test_verify(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope();
        _cleanup_failure_ Failure f = {};
        const Keys *k = *state;

        assert_success(dsse_verify(e, TYPE, k->list, 3, 1, &f), &f);
        assert_success(dsse_verify(e, TYPE, k->list, 3, 2, &f), &f);
        assert_success(dsse_verify(e, TYPE, k->list + 1, 1, 1, &f), &f);
        assert_failure(dsse_verify(e, TYPE, k->list, 3, 3, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "2 of the trusted");
}

static void test_verify_type(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope();
        _cleanup_failure_ Failure f = {};
        const Keys *k = *state;

        assert_failure(dsse_verify(e, TYPE "x", k->list, 3, 1, &f), &f, FAILURE_PAYLOAD_TYPE_WRONG, TYPE);
        /* The type is signed, too. */
        free(e->payload_type);
        e->payload_type = strdup(TYPE "x");
        assert_failure(dsse_verify(e, TYPE "x", k->list, 3, 1, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "altered");
}

static void test_verify_unknown_key(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope();
        _cleanup_failure_ Failure f = {};
        const Keys *k = *state;

        assert_failure(dsse_verify(e, TYPE, k->list + 2, 1, 1, &f), &f, FAILURE_KEY_UNKNOWN, "'one'");
        assert_failure(dsse_verify(e, TYPE, NULL, 0, 1, &f), &f, FAILURE_KEY_UNKNOWN, "");
}

/* With a threshold of nothing everyone would be trusted. */
static void test_verify_no_threshold(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = signed_envelope();
        _cleanup_failure_ Failure f = {};
        const Keys *k = *state;

        assert_failure(dsse_verify(e, TYPE, k->list + 2, 1, 0, &f), &f, FAILURE_KEY_UNKNOWN, "");
        assert_failure(dsse_verify(e, TYPE, k->list, 3, 0, &f), &f, FAILURE_SIGNATURE_INVALID, "");
}

static void test_verify_every_flipped_bit(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(TYPE, "{\"a\":1}");
        const Keys *k = *state;

        sign_test_add(e, 1, "one");
        for (size_t bit = 0; bit < 8 * e->payload_size; bit++) {
                _cleanup_failure_ Failure f = {};

                e->payload[bit / 8] ^= (uint8_t) (1 << bit % 8);
                assert_failure(dsse_verify(e, TYPE, k->list, 3, 1, &f), &f, FAILURE_SIGNATURE_INVALID,
                               "altered");
                e->payload[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
}

/* One key that signs twice, or that goes by two ids, is one signer. */
static void test_verify_counts_keys_once(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(TYPE, "x");
        _cleanup_failure_ Failure f = {};
        const Keys *k = *state;
        PublicKey alias = k->keys[0];
        const PublicKey *list[] = { &k->keys[0], &alias, &k->keys[1] };

        alias.id = (char *) "alias";
        sign_test_add(e, 1, "one");
        sign_test_add(e, 1, "alias");
        assert_success(dsse_verify(e, TYPE, list, 3, 1, &f), &f);
        assert_failure(dsse_verify(e, TYPE, list, 3, 2, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "1 of the trusted");
}

/* The key id is a hint: a wrong one neither helps nor hinders. */
static void test_verify_ignores_key_ids(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(TYPE, "x");
        _cleanup_(dsse_freep) DsseEnvelope *forged = sign_test_envelope(TYPE, "x");
        _cleanup_failure_ Failure f = {};
        const Keys *k = *state;

        sign_test_add(e, 1, "two");
        assert_success(dsse_verify(e, TYPE, k->list, 1, 1, &f), &f);
        sign_test_add(forged, 9, "one");
        assert_failure(dsse_verify(forged, TYPE, k->list, 1, 1, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "altered");
}

/* Whatever one bit of the envelope's text does, what is accepted in the end is what was signed. */
static void test_every_flipped_bit_of_the_text(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *original = sign_test_envelope(TYPE, "{\"a\":1}");
        _cleanup_failure_ Failure f = {};
        _cleanup_free_ char *text = NULL;
        const Keys *k = *state;
        size_t size, accepted = 0;

        sign_test_add(original, 1, "one");
        assert_success(dsse_encode(original, &text, &f), &f);
        size = strlen(text);
        for (size_t bit = 0; bit < 8 * size; bit++) {
                _cleanup_(dsse_freep) DsseEnvelope *e = NULL;

                ((uint8_t *) text)[bit / 8] ^= (uint8_t) (1 << bit % 8);
                if (dsse_decode(text, size, &e, NULL) == 0 &&
                    dsse_verify(e, TYPE, k->list, 3, 1, NULL) == 0) {
                        accepted++;
                        assert_int_equal(e->payload_size, original->payload_size);
                        assert_memory_equal(e->payload, original->payload, e->payload_size);
                }
                ((uint8_t *) text)[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
        /* Bits of the key id, of its name, and of the white space at the end. */
        assert_in_range(accepted, 1, 8 * strlen("keyidone\n"));
}

static void test_every_truncation_of_the_text(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *original = signed_envelope();
        _cleanup_failure_ Failure f = {};
        _cleanup_free_ char *text = NULL;

        assert_success(dsse_encode(original, &text, &f), &f);
        for (size_t n = 0; n < strlen(text) - 1; n++) {
                _cleanup_free_ char *cut = strndup(text, n);

                assert_refused(cut, "");
        }
}

#define WITH_KEYS(f) cmocka_unit_test_setup_teardown(f, keys_setup, keys_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pae),
                cmocka_unit_test(test_decode),
                cmocka_unit_test(test_decode_leaves_out_other_signatures),
                cmocka_unit_test(test_decode_refuses),
                cmocka_unit_test(test_decode_bounds),
                cmocka_unit_test(test_encode),
                cmocka_unit_test(test_flat),
                cmocka_unit_test(test_flat_truncated),
                cmocka_unit_test(test_flat_flipped),
                cmocka_unit_test(test_flat_bounds),
                cmocka_unit_test(test_flat_nul_in_text),
                cmocka_unit_test(test_flat_payload_bound),
                WITH_KEYS(test_verify),
                WITH_KEYS(test_verify_type),
                WITH_KEYS(test_verify_unknown_key),
                WITH_KEYS(test_verify_no_threshold),
                WITH_KEYS(test_verify_every_flipped_bit),
                WITH_KEYS(test_verify_counts_keys_once),
                WITH_KEYS(test_verify_ignores_key_ids),
                WITH_KEYS(test_every_flipped_bit_of_the_text),
                cmocka_unit_test(test_every_truncation_of_the_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
