/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manifest.h"

#include "json-typed.h"
#include "manifest-fields.h"
#include "strv.h"
#include "text.h"

void manifest_functions_free(ManifestFunction *functions, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(functions[i].object);
                free(functions[i].name);
        }
        free(functions);
}

Manifest *manifest_free(Manifest *m)
{
        if (!m)
                return NULL;
        for (const ManifestField *field = manifest_fields; field->name; field++) {
                void *value = (char *) m + field->offset;

                if (field->type == MANIFEST_TEXT)
                        free(*(char **) value);
                else if (field->type == MANIFEST_IDS)
                        strv_free(*(char ***) value);
        }
        for (size_t i = 0; i < m->n_cves; i++) {
                free(m->cves[i].id);
                free(m->cves[i].cvss);
                free(m->cves[i].url);
        }
        free(m->cves);
        manifest_functions_free(m->functions, m->n_functions);
        free(m->ref);
        free(m);
        return NULL;
}

static int no_memory(const JsonPlace *place)
{
        return failure_set_errno(place->failure, -ENOMEM, "Cannot read the manifest");
}

static int parse_size(const JsonPlace *place, const ManifestField *field, uint64_t *ret)
{
        int r;

        r = json_read_integer(place, field->name, field->required, field->max, ret);
        if (r > 0 && *ret == 0)
                return json_place_fail(place, field->name, "is 0");
        return r;
}

static int parse_field(const JsonPlace *place, const ManifestField *field, Manifest *m)
{
        void *value = (char *) m + field->offset;

        switch (field->type) {
        case MANIFEST_TEXT:
                return json_read_text(place, field->name, field->required, field->max, field->is_valid,
                                      field->rule, value);
        case MANIFEST_BYTES:
                return json_read_hex(place, field->name, field->required, value, field->max);
        case MANIFEST_SIZE:
                return parse_size(place, field, value);
        case MANIFEST_BOOL:
                return json_read_bool(place, field->name, field->required, value);
        case MANIFEST_IDS:
                return json_read_ids(place, field->name, field->required, field->max, value);
        }
        return -EINVAL;
}

static int parse_fields(const JsonPlace *document, Manifest *m)
{
        JsonPlace section = *document;
        const char *name = NULL;
        int r;

        for (const ManifestField *field = manifest_fields; field->name; field++) {
                if (!streq_ptr(name, field->section)) {
                        name = field->section;
                        r = json_read_object(document, name, true, &section);
                        if (r < 0)
                                return r;
                }
                r = parse_field(&section, field, m);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Appends to m->cves, which has room. */
static int parse_cve(const JsonPlace *place, Manifest *m)
{
        /* Counted first: what is read in part is released with the others. */
        ManifestCve *cve = &m->cves[m->n_cves++];
        int r;

        r = json_read_text(place, "id", true, 32, manifest_cve_id_is_valid, "is not like CVE-2026-1234",
                           &cve->id);
        if (r < 0)
                return r;
        FOREACH_ARRAY (other, m->cves, m->n_cves - 1)
                if (streq(other->id, cve->id))
                        return json_place_fail(place, "id", "is there twice");
        r = json_read_text(place, "cvss", false, 128, manifest_word_is_valid, "is not a CVSS vector",
                           &cve->cvss);
        if (r < 0)
                return r;
        return json_read_text(place, "url", false, 1024, manifest_url_is_valid, "is not a web address",
                              &cve->url);
}

static int parse_cves(const JsonPlace *document, Manifest *m)
{
        struct json_object *array;
        size_t n;
        int r;

        r = json_read_array(document, "cves", false, MANIFEST_CVES_MAX, &array);
        if (r <= 0)
                return r;
        n = json_object_array_length(array);
        m->cves = calloc(n > 0 ? n : 1, sizeof(*m->cves));
        if (!m->cves)
                return no_memory(document);
        for (size_t i = 0; i < n; i++) {
                JsonPlace place;

                r = json_read_element(document, "cves", array, i, &place);
                if (r < 0)
                        return r;
                r = parse_cve(&place, m);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Appends to m->functions, which has room. */
static int parse_function(const JsonPlace *place, const char *object, Manifest *m)
{
        ManifestFunction *function = &m->functions[m->n_functions++];
        uint64_t sympos = 0;
        int r;

        function->object = strdup(object);
        if (!function->object)
                return no_memory(place);
        r = json_read_text(place, "name", true, MANIFEST_SYMBOL_MAX, manifest_symbol_is_valid,
                           "is not the name of a function", &function->name);
        if (r < 0)
                return r;
        r = json_read_integer(place, "sympos", false, UINT32_MAX, &sympos);
        if (r < 0)
                return r;
        function->sympos = (uint32_t) sympos;
        FOREACH_ARRAY (other, m->functions, m->n_functions - 1)
                if (manifest_function_equal(other, function))
                        return json_place_fail(place, "name", "is there twice");
        return 0;
}

static int parse_object(const JsonPlace *place, Manifest *m)
{
        ManifestFunction *larger;
        struct json_object *array;
        const char *name;
        size_t n;
        int r;

        r = json_read_string(place, "name", true, MODULE_NAME_MAX, &name);
        if (r < 0)
                return r;
        if (!module_name_is_valid(name))
                return json_place_fail(place, "name", "is neither vmlinux nor the name of a module");
        r = json_read_array(place, "functions", true, MANIFEST_FUNCTIONS_MAX - m->n_functions, &array);
        if (r < 0)
                return r;
        n = json_object_array_length(array);
        larger = reallocarray(m->functions, m->n_functions + n + 1, sizeof(*m->functions));
        if (!larger)
                return no_memory(place);
        m->functions = larger;
        memset(m->functions + m->n_functions, 0, (n + 1) * sizeof(*m->functions));
        for (size_t i = 0; i < n; i++) {
                JsonPlace function;

                r = json_read_element(place, "functions", array, i, &function);
                if (r < 0)
                        return r;
                r = parse_function(&function, name, m);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_objects(const JsonPlace *document, Manifest *m)
{
        struct json_object *array;
        int r;

        r = json_read_array(document, "objects", false, MANIFEST_FUNCTIONS_MAX, &array);
        if (r <= 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(array); i++) {
                JsonPlace place;

                r = json_read_element(document, "objects", array, i, &place);
                if (r < 0)
                        return r;
                r = parse_object(&place, m);
                if (r < 0)
                        return r;
        }
        return 0;
}

int manifest_parse(const void *data, size_t size, Manifest **ret, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        _cleanup_(manifest_freep) Manifest *m = calloc(1, sizeof(*m));
        JsonPlace document = { .document = "manifest", .kind = FAILURE_MANIFEST_INVALID, .failure = f };
        int r;

        if (!m)
                return failure_set_errno(f, -ENOMEM, "Cannot read the manifest");
        m->reversible = true;
        r = json_read_document(data, size, &document, &owner);
        if (r < 0)
                return r;
        r = parse_fields(&document, m);
        if (r < 0)
                return r;
        r = parse_cves(&document, m);
        if (r < 0)
                return r;
        r = parse_objects(&document, m);
        if (r < 0)
                return r;
        m->ref = text_format("%s=%s", m->id, m->version);
        if (!m->ref)
                return no_memory(&document);
        *ret = TAKE_PTR(m);
        return 0;
}
