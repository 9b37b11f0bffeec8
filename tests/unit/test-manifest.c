/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "util-test.h"

#include "manifest.h"
#include "sample-test.h"
#include "strv.h"

#include <json-c/json.h>

static Manifest *parse(const char *text)
{
        _cleanup_failure_ Failure f = {};
        Manifest *m = NULL;

        assert_success(manifest_parse(text, strlen(text), &m, &f), &f);
        return m;
}

static void assert_refused(const char *text, const char *why)
{
        _cleanup_failure_ Failure f = {};
        Manifest *m = NULL;

        assert_failure(manifest_parse(text, strlen(text), &m, &f), &f, FAILURE_MANIFEST_INVALID, why);
        assert_null(m);
}

static void test_parse(void **state)
{
        _cleanup_(manifest_freep) Manifest *m = parse(sample_manifest);

        assert_string_equal(m->id, "fix");
        assert_string_equal(m->version, "1.0~rc1");
        assert_string_equal(m->ref, "fix=1.0~rc1");
        assert_string_equal(m->title, "Fix a h\xc3\xb6le");
        assert_string_equal(m->description, "Two\nlines");
        assert_string_equal(m->severity, "important");
        assert_string_equal(m->issued, "2026-11-21T13:14:15Z");
        assert_true(m->replace);
        assert_false(m->reversible);
        assert_string_equal(m->min_daemon, "0.2");
        assert_string_equal(m->level, "6.1.148-1");
        assert_int_equal(strv_length(m->supersedes), 2);
        assert_true(strv_contains(m->depends, "base"));
        assert_true(strv_contains(m->conflicts, "other"));
}

static void test_parse_kernel_and_module(void **state)
{
        _cleanup_(manifest_freep) Manifest *m = parse(sample_manifest);

        assert_int_equal(m->kernel_build_id[0], 0);
        assert_int_equal(m->kernel_build_id[19], 0x33);
        assert_string_equal(m->kernel_release, "6.1.0-99-amd64");
        assert_string_equal(m->kernel_arch, "x86_64");
        assert_string_equal(m->kernel_distro, "Debian 12");
        assert_string_equal(m->module_name, "kpatch_fix");
        assert_string_equal(m->module_file, "fix.ko");
        assert_int_equal(m->module_size, 4711);
        assert_int_equal(m->module_sha256[31], 0xef);
        assert_string_equal(m->module_vermagic, "6.1.0-99-amd64 SMP ");
        assert_string_equal(m->module_engine, "core");
        assert_int_equal(m->module_build_id[0], 0xff);
}

static void test_parse_lists(void **state)
{
        _cleanup_(manifest_freep) Manifest *m = parse(sample_manifest);

        assert_int_equal(m->n_cves, 2);
        assert_string_equal(m->cves[0].id, "CVE-2026-1234");
        assert_string_equal(m->cves[0].cvss, "CVSS:3.1/AV:N");
        assert_string_equal(m->cves[0].url, "https://example.org/1");
        assert_null(m->cves[1].cvss);
        assert_null(m->cves[1].url);
        assert_int_equal(m->n_functions, 3);
        assert_string_equal(m->functions[1].object, "vmlinux");
        assert_string_equal(m->functions[1].name, "g");
        assert_int_equal(m->functions[1].sympos, 0);
        assert_string_equal(m->functions[2].object, "ext4");
        assert_int_equal(m->functions[2].sympos, 3);
}

/* The sample with the member at a path ("kernel.arch") set to a JSON text, or deleted. */
static char *altered(const char *path, const char *value)
{
        struct json_object *document = json_tokener_parse(sample_manifest), *object = document;
        _cleanup_free_ char *copy = strdup(path);
        const char *name = copy;
        char *dot = strchr(copy, '.'), *text;

        assert_non_null(document);
        if (dot) {
                *dot = 0;
                assert_true(json_object_object_get_ex(document, copy, &object));
                name = dot + 1;
        }
        if (value) {
                struct json_object *member = json_tokener_parse(value);

                json_object_object_add(object, name, member);
        } else {
                assert_true(json_object_object_get_ex(object, name, NULL));
                json_object_object_del(object, name);
        }
        text = strdup(json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN));
        json_object_put(document);
        return text;
}

static const char *const required[] = { "id",
                                        "version",
                                        "title",
                                        "kernel",
                                        "module",
                                        "kernel.build_id",
                                        "kernel.release",
                                        "module.name",
                                        "module.file",
                                        "module.size",
                                        "module.sha256",
                                        "module.vermagic",
                                        "module.engine",
                                        "module.build_id" };
static const char *const optional[] = { "description", "severity", "issued",        "replace", "reversible",
                                        "supersedes",  "depends",  "conflicts",     "cves",    "min_daemon",
                                        "kernel.arch", "objects",  "kernel.distro", "level" };

static void test_required_fields(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(required); i++) {
                _cleanup_free_ char *text = altered(required[i], NULL), *why = NULL;

                assert_true(asprintf(&why, "'%s' is missing", required[i]) > 0);
                assert_refused(text, why);
        }
}

static void test_optional_fields(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(optional); i++) {
                _cleanup_free_ char *text = altered(optional[i], NULL);
                _cleanup_(manifest_freep) Manifest *m = parse(text);

                assert_string_equal(m->id, "fix");
        }
}

static void test_defaults(void **state)
{
        _cleanup_free_ char *no_replace = altered("replace", NULL),
                            *no_reversible = altered("reversible", NULL);
        _cleanup_(manifest_freep) Manifest *a = parse(no_replace), *b = parse(no_reversible);

        assert_false(a->replace);
        assert_true(b->reversible);
}

/* null is the wrong type of everything, and so is a number with a fraction. */
static void test_wrong_types(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(required) + ELEMENTSOF(optional); i++) {
                const char *path =
                                i < ELEMENTSOF(required) ? required[i] : optional[i - ELEMENTSOF(required)];
                _cleanup_free_ char *null = altered(path, "null"), *number = altered(path, "1.5");

                assert_refused(null, path);
                assert_refused(number, path);
        }
}

/* Path, value as JSON, and what is said of it. */
static const char *const wrong_values[][3] = {
        { "id", "\"../x\"", "'id' is not the id of a patch" },
        { "version", "\"1_0\"", "'version'" },
        { "title", "\"two\\nlines\"", "'title' has control characters" },
        { "title", "\"esc \\u001b[2J\"", "'title' has control characters" },
        { "title", "\"csi \\u009b2J\"", "'title' has control characters" },
        { "title", "\"del \\u007f\"", "'title' has control characters" },
        { "description", "\"a\\rb\"", "'description'" },
        { "severity", "\"terrible\"", "none of low" },
        { "issued", "\"2026-02-30\"", "not a date" },
        { "min_daemon", "\"../1\"", "'min_daemon'" },
        { "level", "\"new\"", "'level' is not the version" },
        { "level", "\"6.1 148\"", "'level' is not the version" },
        { "supersedes", "[\"a/b\"]", "ids of patches" },
        { "depends", "[1]", "ids of patches" },
        { "kernel.build_id", "\"0011\"", "40 hexadecimal" },
        { "kernel.build_id", "\"\"", "is empty" },
        { "kernel.release", "\"../6.1\"", "not a kernel release" },
        { "kernel.release", "\"6.1/x\"", "not a kernel release" },
        { "kernel.arch", "\"x86 64\"", "architecture" },
        { "module.name", "\"../x\"", "name of a module" },
        { "module.name", "\"a b\"", "name of a module" },
        { "module.file", "\"../x.ko\"", "plain file name" },
        { "module.file", "\".ko\"", "plain file name" },
        { "module.file", "\".x.ko\"", "plain file name" },
        { "module.file", "\"x.so\"", "plain file name" },
        { "module.size", "0", "is 0" },
        { "module.size", "67108865", "out of range" },
        { "module.size", "-1", "out of range" },
        { "module.sha256", "\"zz\"", "64 hexadecimal" },
        { "module.engine", "\"a/b\"", "name of an engine" },
        { "module.vermagic", "\"a\\nb\"", "control characters" },
        { "cves", "[{}]", "'cves[0].id' is missing" },
        { "cves", "[1]", "'cves[0]' is not an object" },
        { "cves", "[{\"id\":\"CVE-26-1\"}]", "not like CVE-2026-1234" },
        { "cves", "[{\"id\":\"CVE-2026-1234x\"}]", "not like CVE-2026-1234" },
        { "cves", "[{\"id\":\"CVE-2026-123\"}]", "not like CVE-2026-1234" },
        { "cves", "[{\"id\":\"CVE-2026-1234\"},{\"id\":\"CVE-2026-1234\"}]", "'cves[1].id' is there twice" },
        { "cves", "[{\"id\":\"CVE-2026-1234\",\"url\":\"javascript:1\"}]", "not a web address" },
        { "cves", "[{\"id\":\"CVE-2026-1234\",\"url\":\"https://a b\"}]", "not a web address" },
        { "cves", "[{\"id\":\"CVE-2026-1234\",\"cvss\":\"a b\"}]", "CVSS" },
        { "objects", "[{\"functions\":[]}]", "'objects[0].name' is missing" },
        { "objects", "[{\"name\":\"a/b\",\"functions\":[]}]", "neither vmlinux" },
        { "objects", "[{\"name\":\"vmlinux\"}]", "'objects[0].functions' is missing" },
        { "objects", "[{\"name\":\"vmlinux\",\"functions\":[{}]}]",
          "'objects[0].functions[0].name' is missing" },
        { "objects", "[{\"name\":\"vmlinux\",\"functions\":[{\"name\":\"1f\"}]}]", "name of a function" },
        { "objects", "[{\"name\":\"vmlinux\",\"functions\":[{\"name\":\"f g\"}]}]", "name of a function" },
        { "objects", "[{\"name\":\"vmlinux\",\"functions\":[{\"name\":\"f\",\"sympos\":4294967296}]}]",
          "out of range" },
        { "objects", "[{\"name\":\"vmlinux\",\"functions\":[{\"name\":\"f\"},{\"name\":\"f\"}]}]",
          "there twice" },
};

static void test_wrong_values(void **state)
{
        FOREACH_ARRAY (c, wrong_values, ELEMENTSOF(wrong_values)) {
                _cleanup_free_ char *text = altered((*c)[0], (*c)[1]);

                assert_refused(text, (*c)[2]);
        }
}

/* A list with n times element in it, i written where it has %zu. */
static char *make_list(const char *format, size_t n)
{
        char *text = malloc(n * (strlen(format) + 20) + 3), *p = text;

        *p++ = '[';
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        *p++ = ',';
                _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"");
                p += sprintf(p, format, i);
                _Pragma("GCC diagnostic pop");
        }
        (void) stpcpy(p, "]");
        return text;
}

static void assert_list_bound(const char *path, const char *format, size_t max)
{
        _cleanup_free_ char *list = make_list(format, max), *longer = make_list(format, max + 1);
        _cleanup_free_ char *fits = altered(path, list), *too_long = altered(path, longer);
        _cleanup_(manifest_freep) Manifest *m = parse(fits);

        assert_non_null(m);
        assert_refused(too_long, "too many elements");
}

static void test_list_bounds(void **state)
{
        _cleanup_free_ char *functions = make_list("{\"name\":\"f%zu\"}", MANIFEST_FUNCTIONS_MAX);
        _cleanup_free_ char *objects = NULL, *one_more = NULL, *fits = NULL, *too_many = NULL;
        _cleanup_(manifest_freep) Manifest *m = NULL;

        assert_list_bound("supersedes", "\"p%zu\"", MANIFEST_IDS_MAX);
        assert_list_bound("cves", "{\"id\":\"CVE-2026-1%05zu\"}", MANIFEST_CVES_MAX);
        assert_true(asprintf(&objects, "[{\"name\":\"vmlinux\",\"functions\":%s}]", functions) > 0);
        assert_true(asprintf(&one_more,
                             "[{\"name\":\"vmlinux\",\"functions\":%s},{\"name\":\"m\",\"functions\":[{\"name\":\"f\"}]}]",
                             functions) > 0);
        fits = altered("objects", objects);
        too_many = altered("objects", one_more);
        m = parse(fits);
        assert_int_equal(m->n_functions, MANIFEST_FUNCTIONS_MAX);
        assert_refused(too_many, "too many elements");
}

static void test_unknown_fields(void **state)
{
        _cleanup_free_ char *top = altered("future", "{\"a\":[1]}"), *inner = altered("kernel.future", "1");
        _cleanup_(manifest_freep) Manifest *a = parse(top), *b = parse(inner);

        assert_string_equal(a->id, b->id);
}

static void test_every_truncation(void **state)
{
        for (size_t n = 0; n < strlen(sample_manifest); n++) {
                _cleanup_free_ char *cut = strndup(sample_manifest, n);

                assert_refused(cut, "");
        }
}

static void test_format_is_stable(void **state)
{
        _cleanup_(manifest_freep) Manifest *m = parse(sample_manifest), *again = NULL;
        _cleanup_free_ char *text = NULL, *same = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(manifest_format(m, &text, &f), &f);
        assert_int_equal(text[strlen(text) - 1], '\n');
        again = parse(text);
        assert_success(manifest_format(again, &same, &f), &f);
        assert_string_equal(text, same);
}

/* Everything that is in the text is in what is written again, in its place. */
static void test_format_keeps_everything(void **state)
{
        _cleanup_(manifest_freep) Manifest *m = parse(sample_manifest);
        struct json_object *before = json_tokener_parse(sample_manifest), *after, *objects, *object,
                           *functions, *function;
        _cleanup_free_ char *text = NULL;
        _cleanup_failure_ Failure f = {};

        assert_success(manifest_format(m, &text, &f), &f);
        after = json_tokener_parse(text);
        /* The one default that is written out. */
        json_object_object_get_ex(before, "objects", &objects);
        object = json_object_array_get_idx(objects, 0);
        json_object_object_get_ex(object, "functions", &functions);
        function = json_object_array_get_idx(functions, 1);
        json_object_object_add(function, "sympos", json_object_new_int(0));
        assert_true(json_object_equal(before, after));
        json_object_put(before);
        json_object_put(after);
}

static void test_module_name(void **state)
{
        char text[MODULE_NAME_MAX + 2] = "";

        assert_true(module_name_is_valid("kpatch_demo-1"));
        assert_true(module_name_is_valid("_a"));
        assert_false(module_name_is_valid(""));
        assert_false(module_name_is_valid("."));
        assert_false(module_name_is_valid("-a"));
        assert_false(module_name_is_valid("a/b"));
        memset(text, 'm', MODULE_NAME_MAX);
        assert_true(module_name_is_valid(text));
        text[MODULE_NAME_MAX] = 'm';
        assert_false(module_name_is_valid(text));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_kernel_and_module),
                cmocka_unit_test(test_parse_lists),
                cmocka_unit_test(test_required_fields),
                cmocka_unit_test(test_optional_fields),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_wrong_types),
                cmocka_unit_test(test_wrong_values),
                cmocka_unit_test(test_list_bounds),
                cmocka_unit_test(test_unknown_fields),
                cmocka_unit_test(test_every_truncation),
                cmocka_unit_test(test_format_is_stable),
                cmocka_unit_test(test_format_keeps_everything),
                cmocka_unit_test(test_module_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
