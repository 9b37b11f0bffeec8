/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "elf-test.h"
#include "module-file.h"

static ModuleFile *parse(const ElfImage *image)
{
        _cleanup_failure_ Failure f = {};
        ModuleFile *m = NULL;

        assert_success(module_file_parse(image->data, image->size, &m, &f), &f);
        return m;
}

static void assert_refused(const ElfImage *image, FailureKind kind, const char *why)
{
        _cleanup_failure_ Failure f = {};
        ModuleFile *m = NULL;

        assert_failure(module_file_parse(image->data, image->size, &m, &f), &f, kind, why);
        assert_null(m);
}

static void test_core(void **state)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);
        _cleanup_(module_file_freep) ModuleFile *m = parse(&image);

        assert_string_equal(m->name, "kpatch_demo");
        assert_string_equal(m->vermagic, "6.1.0-99-amd64 SMP preempt mod_unload modversions ");
        assert_string_equal(m->engine, "core");
        assert_true(m->has_build_id);
        assert_memory_equal(m->build_id, elf_build_id, BUILD_ID_SIZE);
        assert_true(m->has_target_build_id);
        assert_int_equal(m->target_build_id[19], 0x33);
        assert_true(m->replace);
        assert_int_equal(m->n_functions, 2);
        assert_string_equal(m->functions[0].object, "vmlinux");
        assert_string_equal(m->functions[0].name, "cmdline_proc_show");
        assert_int_equal(m->functions[0].sympos, 0);
        assert_string_equal(m->functions[1].object, "ext4");
        assert_int_equal(m->functions[1].sympos, 2);
}

static void test_livepatch(void **state)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_livepatch, NULL);
        _cleanup_(module_file_freep) ModuleFile *m = parse(&image);

        assert_string_equal(m->engine, "livepatch");
        assert_false(m->has_build_id);
        assert_false(m->has_target_build_id);
        assert_int_equal(m->n_functions, 0);
}

/* A copy of the core patch's modinfo with one entry replaced (or dropped, by NULL) and one added. */
static void refuse_modinfo(const char *prefix, const char *instead, const char *more, FailureKind kind,
                           const char *why)
{
        _cleanup_(elf_image_clear) ElfImage image = {};
        const char *entries[32];
        size_t n = 0;

        for (const char *const *entry = elf_modinfo_core; *entry; entry++) {
                const char *use = prefix && strncmp(*entry, prefix, strlen(prefix)) == 0 ? instead : *entry;

                if (use)
                        entries[n++] = use;
        }
        if (more)
                entries[n++] = more;
        entries[n] = NULL;
        image = elf_image_make(entries, elf_build_id);
        assert_refused(&image, kind, why);
}

static void test_modinfo_refused(void **state)
{
        static const struct {
                const char *prefix, *instead, *more;
                FailureKind kind;
                const char *why;
        } cases[] = {
                { "name=", NULL, NULL, FAILURE_MODULE_INVALID, "name" },
                { "name=", "name=", NULL, FAILURE_MODULE_INVALID, "name" },
                { "name=", "name=../x", NULL, FAILURE_MODULE_INVALID, "name" },
                { "vermagic=", NULL, NULL, FAILURE_MODULE_INVALID, "vermagic" },
                { "vermagic=", "vermagic=a\nb", NULL, FAILURE_MODULE_INVALID, "vermagic" },
                { "kpatch_abi=", "kpatch_abi=1", NULL, FAILURE_ENGINE_UNSUPPORTED, "version 1" },
                { "kpatch_abi=", NULL, NULL, FAILURE_NOT_A_PATCH, "kpatch_demo is not a live patch" },
                { "kpatch_build_id=", NULL, NULL, FAILURE_MODULE_INVALID, "which kernel build" },
                { "kpatch_build_id=", "kpatch_build_id=00", NULL, FAILURE_MODULE_INVALID,
                  "which kernel build" },
                { "kpatch_func=", NULL, NULL, FAILURE_MODULE_INVALID, "no function" },
                { "kpatch_replace=", "kpatch_replace=2", NULL, FAILURE_MODULE_INVALID, "neither 0 nor 1" },
                { NULL, NULL, "name=other", FAILURE_MODULE_INVALID, "twice" },
                { NULL, NULL, "vermagic=other", FAILURE_MODULE_INVALID, "twice" },
                { NULL, NULL, "kpatch_abi=2", FAILURE_MODULE_INVALID, "twice" },
                { NULL, NULL, "livepatch=Y", FAILURE_MODULE_INVALID, "two engines" },
                { NULL, NULL, "kpatch_func=vmlinux:cmdline_proc_show,0", FAILURE_MODULE_INVALID,
                  "function twice" },
                { NULL, NULL, "kpatch_func=", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=f,0", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:f", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:f,", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:f,x", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:f,-1", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:f,9999999999", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=a,b:f,0", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=:f,0", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:,0", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=../m:f,0", FAILURE_MODULE_INVALID, "kpatch_func" },
                { NULL, NULL, "kpatch_func=vmlinux:f\ng,0", FAILURE_MODULE_INVALID, "kpatch_func" },
        };

        FOREACH_ARRAY (c, cases, ELEMENTSOF(cases))
                refuse_modinfo(c->prefix, c->instead, c->more, c->kind, c->why);
}

static void test_plain_module(void **state)
{
        static const char *const modinfo[] = { "name=ext4", "vermagic=6.1.0", NULL };
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(modinfo, elf_build_id);

        assert_refused(&image, FAILURE_NOT_A_PATCH, "ext4");
}

static void test_too_many_functions(void **state)
{
        static char names[MANIFEST_FUNCTIONS_MAX + 1][24];
        const char *modinfo[MANIFEST_FUNCTIONS_MAX + 6] = {
                "name=m",
                "vermagic=v",
                "kpatch_abi=2",
                "kpatch_build_id=00112233445566778899aabbccddeeff00112233",
        };
        _cleanup_(elf_image_clear) ElfImage fits = {}, too_many = {};
        _cleanup_(module_file_freep) ModuleFile *m = NULL;

        for (size_t i = 0; i <= MANIFEST_FUNCTIONS_MAX; i++)
                (void) snprintf(names[i], sizeof(names[i]), "kpatch_func=v:f%zu,0", i);
        for (size_t i = 0; i < MANIFEST_FUNCTIONS_MAX; i++)
                modinfo[4 + i] = names[i];
        fits = elf_image_make(modinfo, elf_build_id);
        m = parse(&fits);
        assert_int_equal(m->n_functions, MANIFEST_FUNCTIONS_MAX);
        modinfo[4 + MANIFEST_FUNCTIONS_MAX] = names[MANIFEST_FUNCTIONS_MAX];
        too_many = elf_image_make(modinfo, elf_build_id);
        assert_refused(&too_many, FAILURE_MODULE_INVALID, "too many functions");
}

static void test_livepatch_with_functions(void **state)
{
        static const char *const modinfo[] = { "livepatch=Y", "name=m", "vermagic=v",
                                               "kpatch_func=vmlinux:f,0", NULL };
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(modinfo, elf_build_id);

        assert_refused(&image, FAILURE_MODULE_INVALID, "another engine");
}

/* Copies of their own size, so that a sanitizer sees a read beyond the end. */
static void test_every_truncation(void **state)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);

        for (size_t n = 0; n < image.size; n++) {
                _cleanup_(elf_image_clear) ElfImage cut = { malloc(n + (n == 0)), n };

                memcpy(cut.data, image.data, n);
                assert_refused(&cut, FAILURE_MODULE_INVALID, "");
        }
}

static void test_every_flipped_bit(void **state)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);
        size_t accepted = 0;

        for (size_t bit = 0; bit < 8 * image.size; bit++) {
                _cleanup_(module_file_freep) ModuleFile *m = NULL;
                _cleanup_failure_ Failure f = {};

                image.data[bit / 8] ^= (uint8_t) (1 << bit % 8);
                if (module_file_parse(image.data, image.size, &m, &f) == 0) {
                        accepted++;
                        assert_true(module_name_is_valid(m->name));
                        assert_non_null(m->engine);
                } else
                        assert_true(f.kind == FAILURE_MODULE_INVALID || f.kind == FAILURE_NOT_A_PATCH ||
                                    f.kind == FAILURE_ENGINE_UNSUPPORTED);
                image.data[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
        assert_true(accepted > 0);
}

static void test_header_refused(void **state)
{
        static const struct {
                size_t offset, size;
                uint64_t value;
                const char *why;
        } cases[] = {
                { 0, 1, 'x', "not an ELF file" },
                { EI_CLASS, 1, ELFCLASS32, "not for x86-64" },
                { EI_DATA, 1, ELFDATA2MSB, "not for x86-64" },
                { EI_VERSION, 1, 9, "not for x86-64" },
                { offsetof(Elf64_Ehdr, e_version), 4, 0, "not for x86-64" },
                { offsetof(Elf64_Ehdr, e_machine), 2, EM_AARCH64, "not for x86-64" },
                { offsetof(Elf64_Ehdr, e_type), 2, ET_EXEC, "not a relocatable" },
                { offsetof(Elf64_Ehdr, e_ehsize), 2, 63, "makes no sense" },
                { offsetof(Elf64_Ehdr, e_phnum), 2, 1, "makes no sense" },
                { offsetof(Elf64_Ehdr, e_shentsize), 2, 40, "makes no sense" },
                { offsetof(Elf64_Ehdr, e_shnum), 2, 0, "no section names" },
                { offsetof(Elf64_Ehdr, e_shnum), 2, 0xfeff, "before its section headers" },
                { offsetof(Elf64_Ehdr, e_shstrndx), 2, _ELF_SECTION_MAX, "no section names" },
                { offsetof(Elf64_Ehdr, e_shstrndx), 2, SHN_XINDEX, "no section names" },
                { offsetof(Elf64_Ehdr, e_shstrndx), 2, ELF_SECTION_MODINFO, "section names are broken" },
                { offsetof(Elf64_Ehdr, e_shstrndx), 2, ELF_SECTION_NULL, "section names are broken" },
                { offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX, "before its section headers" },
                { offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX - 100, "before its section headers" },
        };

        FOREACH_ARRAY (c, cases, ELEMENTSOF(cases)) {
                _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);

                memcpy(image.data + c->offset, &c->value, c->size);
                assert_refused(&image, FAILURE_MODULE_INVALID, c->why);
        }
}

static void test_sections_refused(void **state)
{
        static const struct {
                size_t section, offset, size;
                uint64_t value;
                const char *why;
        } cases[] = {
#define SECTION(i, field, value, why) \
        { ELF_SECTION_##i, offsetof(Elf64_Shdr, field), sizeof(((Elf64_Shdr *) 0)->field), value, why }
                SECTION(MODINFO, sh_offset, UINT64_MAX, "within a section"),
                SECTION(MODINFO, sh_offset, 1 << 20, "within a section"),
                SECTION(MODINFO, sh_size, UINT64_MAX, "within a section"),
                SECTION(MODINFO, sh_size, 0, "wrong kind or size"),
                SECTION(MODINFO, sh_type, SHT_NOBITS, "wrong kind or size"),
                SECTION(MODINFO, sh_flags, SHF_COMPRESSED, "wrong kind or size"),
                SECTION(MODINFO, sh_name, 0, "no .modinfo"),
                SECTION(MODINFO, sh_name, UINT32_MAX, "section names are broken"),
                SECTION(NOTE, sh_type, SHT_PROGBITS, "wrong kind or size"),
                SECTION(NOTE, sh_size, 35, "build-id is broken"),
                SECTION(NOTE, sh_size, 4, "build-id is broken"),
                SECTION(NOTE, sh_name, 1, "two sections of one name"),
                SECTION(NAMES, sh_size, UINT64_MAX, "within a section"),
                SECTION(NAMES, sh_size, 1, "section names are broken"),
                SECTION(NAMES, sh_size, 5, "section names are broken"),
                SECTION(NAMES, sh_flags, SHF_COMPRESSED, "section names are broken"),
                SECTION(TEXT, sh_type, SHT_PROGBITS, "within a section"),
#undef SECTION
        };

        FOREACH_ARRAY (c, cases, ELEMENTSOF(cases)) {
                _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);

                memcpy((uint8_t *) elf_image_section(&image, c->section) + c->offset, &c->value, c->size);
                assert_refused(&image, FAILURE_MODULE_INVALID, c->why);
        }
}

static void test_modinfo_without_end(void **state)
{
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_core, elf_build_id);

        elf_image_section(&image, ELF_SECTION_MODINFO)->sh_size -= 1;
        assert_refused(&image, FAILURE_MODULE_INVALID, "does not end with a NUL");
}

static const char manifest_text[] =
                "{\"id\":\"demo\",\"version\":\"1\",\"title\":\"t\",\"replace\":true,"
                "\"kernel\":{\"build_id\":\"00112233445566778899aabbccddeeff00112233\",\"release\":\"6.1.0-99-amd64\"},"
                "\"module\":{\"name\":\"kpatch_demo\",\"file\":\"demo.ko\",\"size\":1,"
                "\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
                "\"vermagic\":\"6.1.0-99-amd64 SMP preempt mod_unload modversions \",\"engine\":\"core\","
                "\"build_id\":\"b00102030405060708090a0b0c0d0e0f101112ff\"},"
                "\"objects\":[{\"name\":\"ext4\",\"functions\":[{\"name\":\"ext4_bread\",\"sympos\":2}]},"
                "{\"name\":\"vmlinux\",\"functions\":[{\"name\":\"cmdline_proc_show\"}]}]}";

typedef struct Pair {
        ElfImage image;
        ModuleFile *module;
        Manifest *manifest;
} Pair;

static int pair_setup(void **state)
{
        Pair *pair = calloc(1, sizeof(*pair));

        pair->image = elf_image_make(elf_modinfo_core, elf_build_id);
        pair->module = parse(&pair->image);
        *state = pair;
        return manifest_parse(manifest_text, strlen(manifest_text), &pair->manifest, NULL);
}

static int pair_teardown(void **state)
{
        Pair *pair = *state;

        elf_image_clear(&pair->image);
        module_file_free(pair->module);
        manifest_free(pair->manifest);
        free(pair);
        return 0;
}

static void replace_text(char **text, const char *with)
{
        free(*text);
        *text = strdup(with);
}

static void assert_mismatch(const Pair *pair, const char *why)
{
        _cleanup_failure_ Failure f = {};

        assert_failure(module_file_check_manifest(pair->module, pair->manifest, &f), &f,
                       FAILURE_MODULE_MISMATCH, why);
}

static void test_check_agrees(void **state)
{
        const Pair *pair = *state;
        _cleanup_failure_ Failure f = {};

        assert_success(module_file_check_manifest(pair->module, pair->manifest, &f), &f);
}

static void test_check_strings(void **state)
{
        Pair *pair = *state;

        replace_text(&pair->manifest->module_vermagic, "6.1.0-98-amd64 SMP preempt mod_unload modversions ");
        assert_mismatch(pair, "vermagic");
        replace_text(&pair->manifest->module_name, "kpatch_other");
        assert_mismatch(pair, "name");
        replace_text(&pair->manifest->module_engine, "livepatch");
        assert_mismatch(pair, "engine");
}

static void test_check_build_ids(void **state)
{
        Pair *pair = *state;

        pair->manifest->kernel_build_id[19] ^= 1;
        assert_mismatch(pair, "kernel's build-id");
        pair->manifest->module_build_id[0] ^= 1;
        assert_mismatch(pair, "module's build-id");
        pair->manifest->module_build_id[0] ^= 1;
        pair->module->has_build_id = false;
        assert_mismatch(pair, "module's build-id");
}

static void test_check_replace(void **state)
{
        Pair *pair = *state;

        pair->manifest->replace = false;
        assert_mismatch(pair, "replaced");
}

static void test_check_functions(void **state)
{
        Pair *pair = *state;

        pair->manifest->functions[0].sympos = 1;
        assert_mismatch(pair, "ext4_bread of ext4");
        pair->manifest->functions[0].sympos = 2;
        replace_text(&pair->manifest->functions[1].object, "btrfs");
        assert_mismatch(pair, "cmdline_proc_show of vmlinux");
        pair->module->n_functions--;
        assert_mismatch(pair, "number of functions");
        pair->module->n_functions++;
}

/* A mainline livepatch does not say what it patches, so that only the rest is compared. */
static void test_check_livepatch(void **state)
{
        Pair *pair = *state;
        _cleanup_(elf_image_clear) ElfImage image = elf_image_make(elf_modinfo_livepatch, elf_build_id);
        _cleanup_failure_ Failure f = {};

        module_file_free(pair->module);
        pair->module = parse(&image);
        assert_mismatch(pair, "engine");
        replace_text(&pair->manifest->module_engine, "livepatch");
        assert_mismatch(pair, "name");
        replace_text(&pair->manifest->module_name, "livepatch_sample");
        assert_success(module_file_check_manifest(pair->module, pair->manifest, &f), &f);
}

#define WITH_PAIR(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_core),
                cmocka_unit_test(test_livepatch),
                cmocka_unit_test(test_modinfo_refused),
                cmocka_unit_test(test_plain_module),
                cmocka_unit_test(test_too_many_functions),
                cmocka_unit_test(test_livepatch_with_functions),
                cmocka_unit_test(test_every_truncation),
                cmocka_unit_test(test_every_flipped_bit),
                cmocka_unit_test(test_header_refused),
                cmocka_unit_test(test_sections_refused),
                cmocka_unit_test(test_modinfo_without_end),
                WITH_PAIR(test_check_agrees),
                WITH_PAIR(test_check_strings),
                WITH_PAIR(test_check_build_ids),
                WITH_PAIR(test_check_replace),
                WITH_PAIR(test_check_functions),
                WITH_PAIR(test_check_livepatch),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
