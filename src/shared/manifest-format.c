/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manifest.h"

#include "json-typed.h"
#include "manifest-fields.h"

bool manifest_function_equal(const ManifestFunction *a, const ManifestFunction *b)
{
        return a->sympos == b->sympos && streq(a->name, b->name) && streq(a->object, b->object);
}

static int format_field(struct json_object *section, const ManifestField *field, const Manifest *m)
{
        const void *value = (const char *) m + field->offset;

        switch (field->type) {
        case MANIFEST_TEXT:
                return json_write_string(section, field->name, *(char *const *) value);
        case MANIFEST_BYTES:
                return json_write_hex(section, field->name, value, field->max);
        case MANIFEST_SIZE:
                return json_write_member(section, field->name,
                                         json_object_new_uint64(*(const uint64_t *) value));
        case MANIFEST_BOOL:
                return json_write_member(section, field->name,
                                         json_object_new_boolean(*(const bool *) value));
        case MANIFEST_IDS:
                return json_write_ids(section, field->name, *(char **const *) value);
        }
        return -EINVAL;
}

static int format_fields(struct json_object *document, const Manifest *m)
{
        struct json_object *section = document;
        const char *name = NULL;
        int r;

        for (const ManifestField *field = manifest_fields; field->name; field++) {
                if (!streq_ptr(name, field->section)) {
                        name = field->section;
                        section = json_object_new_object();
                        r = json_write_member(document, name, section);
                        if (r < 0)
                                return r;
                }
                r = format_field(section, field, m);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int format_cves(struct json_object *document, const Manifest *m)
{
        struct json_object *array = json_object_new_array();
        int r;

        r = json_write_member(document, "cves", array);
        if (r < 0)
                return r;
        FOREACH_ARRAY (cve, m->cves, m->n_cves) {
                struct json_object *entry = json_object_new_object();

                r = json_append(array, entry);
                if (r < 0)
                        return r;
                r = json_write_string(entry, "id", cve->id);
                if (r < 0)
                        return r;
                r = json_write_string(entry, "cvss", cve->cvss);
                if (r < 0)
                        return r;
                r = json_write_string(entry, "url", cve->url);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int format_function(struct json_object *functions, const ManifestFunction *function)
{
        struct json_object *entry = json_object_new_object();
        int r;

        r = json_append(functions, entry);
        if (r < 0)
                return r;
        r = json_write_string(entry, "name", function->name);
        if (r < 0)
                return r;
        return json_write_member(entry, "sympos", json_object_new_int64(function->sympos));
}

/* Writes the object of the i-th function with all its functions. */
static int format_object(struct json_object *objects, const Manifest *m, size_t i)
{
        struct json_object *entry = json_object_new_object(), *functions;
        const char *name = m->functions[i].object;
        int r;

        r = json_append(objects, entry);
        if (r < 0)
                return r;
        r = json_write_string(entry, "name", name);
        if (r < 0)
                return r;
        functions = json_object_new_array();
        r = json_write_member(entry, "functions", functions);
        for (; r >= 0 && i < m->n_functions; i++)
                if (streq(m->functions[i].object, name))
                        r = format_function(functions, &m->functions[i]);
        return r;
}

static bool object_is_new(const Manifest *m, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (streq(m->functions[j].object, m->functions[i].object))
                        return false;
        return true;
}

static int format_objects(struct json_object *document, const Manifest *m)
{
        struct json_object *objects = json_object_new_array();
        int r;

        r = json_write_member(document, "objects", objects);
        for (size_t i = 0; r >= 0 && i < m->n_functions; i++)
                if (object_is_new(m, i))
                        r = format_object(objects, m, i);
        return r;
}

static int format(const Manifest *m, char **ret_text)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        int r;

        if (!document)
                return -ENOMEM;
        r = format_fields(document, m);
        if (r < 0)
                return r;
        r = format_cves(document, m);
        if (r < 0)
                return r;
        r = format_objects(document, m);
        if (r < 0)
                return r;
        return json_write_text(document, JSON_INDENTED, ret_text);
}

int manifest_format(const Manifest *m, char **ret_text, Failure *f)
{
        int r = format(m, ret_text);

        return r < 0 ? failure_set_errno(f, r, "Cannot write the manifest") : 0;
}
