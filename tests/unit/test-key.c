/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "hex.h"
#include "key.h"

/* RFC 8032, section 7.1: TEST 2 (one byte) and TEST SHA(abc). */
static const struct {
        const char *public, *message, *signature;
} vectors[] = {
        { "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
        { "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
          "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
          "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
};

typedef struct Case {
        PublicKey key;
        uint8_t message[64];
        size_t size;
        uint8_t signature[KEY_SIGNATURE_SIZE];
} Case;

static Case load(size_t i)
{
        Case c = { .size = strlen(vectors[i].message) / 2 };

        assert_int_equal(hex_decode(vectors[i].public, c.key.raw, KEY_PUBLIC_SIZE), 0);
        assert_int_equal(hex_decode(vectors[i].message, c.message, c.size), 0);
        assert_int_equal(hex_decode(vectors[i].signature, c.signature, KEY_SIGNATURE_SIZE), 0);
        return c;
}

static void test_vectors(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                Case c = load(i);

                assert_true(public_key_verify(&c.key, c.message, c.size, c.signature));
        }
}

static void test_every_flipped_bit_refuses(void **state)
{
        Case c = load(1);

        for (size_t bit = 0; bit < 8 * KEY_SIGNATURE_SIZE; bit++) {
                c.signature[bit / 8] ^= (uint8_t) (1 << bit % 8);
                assert_false(public_key_verify(&c.key, c.message, c.size, c.signature));
                c.signature[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * c.size; bit++) {
                c.message[bit / 8] ^= (uint8_t) (1 << bit % 8);
                assert_false(public_key_verify(&c.key, c.message, c.size, c.signature));
                c.message[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
        assert_false(public_key_verify(&c.key, c.message, c.size - 1, c.signature));
        assert_true(public_key_verify(&c.key, c.message, c.size, c.signature));
}

static void test_id(void **state)
{
        Case c = load(0);
        _cleanup_free_ char *id = public_key_make_id(c.key.raw);

        /* printf public | xxd -r -p | sha256sum */
        assert_string_equal(id, "39f713d0a644253f04529421b9f51b9b08979d08295959c4f3990ee617f5139f");
}

static void test_id_is_valid(void **state)
{
        char text[KEY_ID_MAX + 2] = "";

        assert_false(key_id_is_valid(""));
        assert_true(key_id_is_valid("a key of ours!"));
        assert_false(key_id_is_valid("a\nb"));
        assert_false(key_id_is_valid("a\x7f"));
        assert_false(key_id_is_valid("\xc3\xa4"));
        memset(text, 'x', KEY_ID_MAX);
        assert_true(key_id_is_valid(text));
        text[KEY_ID_MAX] = 'x';
        assert_false(key_id_is_valid(text));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_every_flipped_bit_refuses),
                cmocka_unit_test(test_id),
                cmocka_unit_test(test_id_is_valid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
