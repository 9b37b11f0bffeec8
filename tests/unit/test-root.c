/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "hex.h"
#include "names.h"
#include "root.h"
#include "sign-test.h"

#define K1 "1111111111111111111111111111111111111111111111111111111111111111"
#define K2 "2222222222222222222222222222222222222222222222222222222222222222"

/* A root's payload out of its parts. */
#define ROOT(version, expires, keys, roles)                                                     \
        "{\"type\":\"root\",\"version\":" version ",\"expires\":\"" expires "\",\"keys\":" keys \
        ",\"roles\":" roles "}"
#define KEY(id, public)    "\"" id "\":{\"type\":\"ed25519\",\"public\":\"" public "\"}"
#define KEYS               "{" KEY("a", K1) "," KEY("b", K2) "}"
#define ROLE(keys, number) "{\"keys\":[" keys "],\"threshold\":" number "}"
#define ROLES(root, patch) "{\"root\":" root ",\"patch\":" patch "}"
#define GOOD_ROLES         ROLES(ROLE("\"a\"", "1"), ROLE("\"a\",\"b\"", "2"))
#define WITH_KEYS_(keys)   ROOT("1", "2027-11-21", keys, GOOD_ROLES)
#define WITH_PATCH(patch)  ROOT("1", "2027-11-21", KEYS, ROLES(ROLE("\"a\"", "1"), patch))

static int parse(const char *text, Root **ret, Failure *f)
{
        return root_parse("name", text, strlen(text), ret, f);
}

static void assert_refused(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        Root *root = NULL;

        assert_failure(parse(text, &root, &f), &f, FAILURE_ROOT_INVALID, why);
        assert_null(root);
}

static void test_parse(void **state)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_failure_ Failure f = {};
        const RootRoleKeys *patch;

        assert_success(parse(ROOT("7", "2027-11-21T00:00:01Z", KEYS, GOOD_ROLES), &root, &f), &f);
        assert_string_equal(root->name, "name");
        assert_int_equal(root->version, 7);
        assert_int_equal(root->expires, 1826755201);
        assert_int_equal(root->n_keys, 2);
        assert_string_equal(root->keys[0].id, "a");
        assert_int_equal(root->keys[0].raw[31], 0x11);
        patch = &root->roles[ROOT_ROLE_PATCH];
        assert_int_equal(patch->n_keys, 2);
        assert_int_equal(patch->threshold, 2);
        assert_ptr_equal(patch->keys[1], &root->keys[1]);
        assert_int_equal(root->roles[ROOT_ROLE_FEED].n_keys, 0);
}

/* What later versions add is not in the way of this one. */
static void test_parse_ignores_unknown(void **state)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(parse("{\"new\":[],\"type\":\"root\",\"version\":1,\"expires\":\"2027-11-21\",\"keys\":" KEYS
                             ",\"roles\":{\"root\":" ROLE("\"a\"", "1") ",\"patch\":" ROLE(
                                             "\"b\"", "1") ",\"new\":1}}",
                             &root, &f),
                       &f);
}

static void test_parse_refuses_head(void **state)
{
        assert_refused("{}", "'type' is missing");
        assert_refused("{\"type\":\"patch\"}", "not 'root'");
        assert_refused(ROOT("0", "2027-11-21", KEYS, GOOD_ROLES), "'version' is 0");
        assert_refused(ROOT("-1", "2027-11-21", KEYS, GOOD_ROLES), "'version' is out of range");
        assert_refused(ROOT("9007199254740992", "2027-11-21", KEYS, GOOD_ROLES), "out of range");
        assert_refused(ROOT("1e3", "2027-11-21", KEYS, GOOD_ROLES), "not an integer");
        assert_refused(ROOT("1", "tomorrow", KEYS, GOOD_ROLES), "'expires' is not a date");
        assert_refused(ROOT("1", "", KEYS, GOOD_ROLES), "'expires' is empty");
        assert_refused(ROOT("1", "2027-11-21", KEYS, GOOD_ROLES) "x", "does not have");
}

static void test_parse_refuses_keys(void **state)
{
        assert_refused(WITH_KEYS_("{}"), "no key");
        assert_refused(WITH_KEYS_("[]"), "not an object");
        assert_refused(WITH_KEYS_("{\"a\":{\"type\":\"rsa\",\"public\":\"" K1 "\"}}"), "'keys.a.type'");
        assert_refused(WITH_KEYS_("{\"a\":{\"public\":\"" K1 "\"}}"), "'keys.a.type' is missing");
        assert_refused(WITH_KEYS_("{" KEY("a", "11") "}"), "64 hexadecimal");
        assert_refused(WITH_KEYS_("{" KEY("a", K1 "11") "}"), "too long");
        assert_refused(WITH_KEYS_("{" KEY("", K1) "}"), "1 to 128");
        assert_refused(WITH_KEYS_("{" KEY("\\u001b", K1) "}"), "1 to 128");
        assert_refused(WITH_KEYS_("{" KEY("a", K1) "," KEY("a", K2) "}"), "a field twice");
}

/* Two ids for one key would let one person meet a threshold of two. */
static void test_parse_refuses_one_key_under_two_ids(void **state)
{
        assert_refused(WITH_KEYS_("{" KEY("a", K1) "," KEY("b", K1) "}"), "same as another key");
}

static void test_parse_refuses_roles(void **state)
{
        assert_refused(ROOT("1", "2027-11-21", KEYS, "{\"patch\":" ROLE("\"a\"", "1") "}"),
                       "'roles.root' is missing");
        assert_refused(ROOT("1", "2027-11-21", KEYS, "{\"root\":" ROLE("\"a\"", "1") "}"),
                       "'roles.patch' is missing");
        assert_refused(WITH_PATCH(ROLE("\"a\"", "0")), "'roles.patch.threshold' is not between");
        assert_refused(WITH_PATCH(ROLE("\"a\"", "2")), "not between");
        assert_refused(WITH_PATCH(ROLE("", "1")), "not between");
        assert_refused(WITH_PATCH(ROLE("\"a\"", "\"1\"")), "not an integer");
        assert_refused(WITH_PATCH(ROLE("\"a\",\"a\"", "2")), "names a key twice");
        assert_refused(WITH_PATCH(ROLE("\"c\"", "1")), "not there");
        assert_refused(WITH_PATCH(ROLE("1", "1")), "something else than strings");
        assert_refused(WITH_PATCH("{\"keys\":[\"a\"]}"), "'roles.patch.threshold' is missing");
}

static void test_format(void **state)
{
        _cleanup_(root_freep) Root *root = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(parse(ROOT("7", "2027-11-21T00:00:01Z", KEYS, GOOD_ROLES), &root, &f), &f);
        assert_success(root_format(root, &text, &f), &f);
        assert_success(parse(text, &again, &f), &f);
        assert_int_equal(again->version, 7);
        assert_int_equal(again->expires, root->expires);
        assert_int_equal(again->roles[ROOT_ROLE_PATCH].threshold, 2);
        assert_success(root_format(again, &same, &f), &f);
        assert_string_equal(text, same);
}

/* A root whose root role is key 1 and whose patch role is key 2, signed by the key of seed. */
static DsseEnvelope *make_root(const char *type, uint8_t seed, uint8_t patch_seed)
{
        _cleanup_free_ char *text = NULL, *root_hex = NULL, *patch_hex = NULL;
        PublicKey root_key, patch_key;
        DsseEnvelope *e;

        sign_test_key(1, NULL, &root_key);
        sign_test_key(patch_seed, NULL, &patch_key);
        root_hex = hex_encode(root_key.raw, KEY_PUBLIC_SIZE);
        patch_hex = hex_encode(patch_key.raw, KEY_PUBLIC_SIZE);
        assert_true(asprintf(&text,
                             ROOT("1", "2020-01-01", "{" KEY("%s", "%s") "," KEY("%s", "%s") "}",
                                  ROLES(ROLE("\"%s\"", "1"), ROLE("\"%s\"", "1"))),
                             root_key.id, root_hex, patch_key.id, patch_hex, root_key.id, patch_key.id) > 0);
        e = sign_test_envelope(type, text);
        sign_test_add(e, seed, root_key.id);
        free(root_key.id);
        free(patch_key.id);
        return e;
}

/* Expiry is long past: that is for others to look at. */
static void test_from_envelope(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = make_root(PAYLOAD_TYPE_ROOT, 1, 2);
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(root_from_envelope("x", e, &root, &f), &f);
        assert_string_equal(root->name, "x");
}

static void test_from_envelope_refuses(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *type = make_root(PAYLOAD_TYPE_MANIFEST, 1, 2);
        _cleanup_(dsse_freep) DsseEnvelope *forged = make_root(PAYLOAD_TYPE_ROOT, 3, 2);
        _cleanup_(dsse_freep) DsseEnvelope *by_patch = make_root(PAYLOAD_TYPE_ROOT, 2, 2);
        _cleanup_failure_ Failure f = {};
        Root *root = NULL;

        assert_failure(root_from_envelope("x", type, &root, &f), &f, FAILURE_PAYLOAD_TYPE_WRONG, "manifest");
        assert_failure(root_from_envelope("x", forged, &root, &f), &f, FAILURE_SIGNATURE_INVALID, "altered");
        assert_failure(root_from_envelope("x", by_patch, &root, &f), &f, FAILURE_SIGNATURE_INVALID,
                       "altered");
        assert_null(root);
}

static void write_root(const char *folder, const char *name, uint8_t patch_seed)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = make_root(PAYLOAD_TYPE_ROOT, 1, patch_seed);
        _cleanup_free_ char *text = NULL;

        assert_int_equal(dsse_encode(e, &text, NULL), 0);
        test_write_text(folder, name, text);
}

static void test_load_all(void **state)
{
        _cleanup_failure_ Failure f = {};
        Root **roots;
        size_t n;

        write_root(*state, "zeta.root.json", 2);
        write_root(*state, "alpha.root.json", 3);
        write_root(*state, "..root.json", 3);
        write_root(*state, ".root.json", 3);
        write_root(*state, "alpha.root.json.old", 3);
        test_write_text(*state, "broken.root.json", "{");
        test_write_text(*state, "alpha.conf", "");
        assert_success(root_load_all(*state, &roots, &n, &f), &f);
        assert_int_equal(n, 2);
        assert_string_equal(roots[0]->name, "alpha");
        assert_string_equal(roots[1]->name, "zeta");
        root_free_many(roots, n);
}

static void test_load_all_none(void **state)
{
        _cleanup_free_ char *absent = NULL, *file = NULL;
        _cleanup_failure_ Failure f = {};
        Root **roots;
        size_t n = 77;

        assert_true(asprintf(&absent, "%s/absent", (char *) *state) > 0);
        assert_success(root_load_all(absent, &roots, &n, &f), &f);
        assert_int_equal(n, 0);
        root_free_many(roots, n);
        assert_success(root_load_all(*state, &roots, &n, &f), &f);
        assert_int_equal(n, 0);
        root_free_many(roots, n);

        test_write_text(*state, "file", "");
        assert_true(asprintf(&file, "%s/file", (char *) *state) > 0);
        assert_failure(root_load_all(file, &roots, &n, &f), &f, FAILURE_FAILED, "Not a directory");
}

static void test_verify_any(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(PAYLOAD_TYPE_MANIFEST, "{}");
        _cleanup_failure_ Failure f = {};
        const Root *voucher = NULL;
        Root **roots;
        size_t n;

        write_root(*state, "a.root.json", 2);
        write_root(*state, "b.root.json", 3);
        assert_success(root_load_all(*state, &roots, &n, &f), &f);
        sign_test_add(e, 3, "");
        assert_success(root_verify_any(roots, n, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, &voucher, &f),
                       &f);
        assert_string_equal(voucher->name, "b");
        /* The key of one role has no say in another. */
        assert_failure(root_verify_any(roots, n, ROOT_ROLE_ROOT, e, PAYLOAD_TYPE_MANIFEST, &voucher, &f), &f,
                       FAILURE_KEY_UNKNOWN, "");
        assert_failure(root_verify_any(roots, n, ROOT_ROLE_FEED, e, PAYLOAD_TYPE_MANIFEST, NULL, &f), &f,
                       FAILURE_KEY_UNKNOWN, "");
        assert_failure(root_verify_any(roots, n, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_ROOT, NULL, &f), &f,
                       FAILURE_PAYLOAD_TYPE_WRONG, "");
        assert_failure(root_verify_any(NULL, 0, ROOT_ROLE_PATCH, e, PAYLOAD_TYPE_MANIFEST, NULL, &f), &f,
                       FAILURE_NO_TRUST_ROOT, "");
        assert_string_equal(voucher->name, "b");
        root_free_many(roots, n);
}

/* The root that knows the key tells more than the one that does not, wherever it stands. */
static void test_verify_any_tells_most(void **state)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = sign_test_envelope(PAYLOAD_TYPE_MANIFEST, "{}");
        Root **roots, *swapped[2];
        PublicKey key;
        size_t n;

        write_root(*state, "a.root.json", 2);
        write_root(*state, "b.root.json", 3);
        assert_int_equal(root_load_all(*state, &roots, &n, NULL), 0);
        sign_test_key(3, NULL, &key);
        sign_test_add(e, 3, key.id);
        e->payload[0] ^= 1;
        swapped[0] = roots[1];
        swapped[1] = roots[0];
        for (size_t i = 0; i < 2; i++) {
                _cleanup_failure_ Failure f = {};

                assert_failure(root_verify_any(i == 0 ? roots : swapped, n, ROOT_ROLE_PATCH, e,
                                               PAYLOAD_TYPE_MANIFEST, NULL, &f),
                               &f, FAILURE_SIGNATURE_INVALID, "altered");
        }
        free(key.id);
        root_free_many(roots, n);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, test_folder_setup, test_folder_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_ignores_unknown),
                cmocka_unit_test(test_parse_refuses_head),
                cmocka_unit_test(test_parse_refuses_keys),
                cmocka_unit_test(test_parse_refuses_one_key_under_two_ids),
                cmocka_unit_test(test_parse_refuses_roles),
                cmocka_unit_test(test_format),
                cmocka_unit_test(test_from_envelope),
                cmocka_unit_test(test_from_envelope_refuses),
                WITH_FOLDER(test_load_all),
                WITH_FOLDER(test_load_all_none),
                WITH_FOLDER(test_verify_any),
                WITH_FOLDER(test_verify_any_tells_most),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
