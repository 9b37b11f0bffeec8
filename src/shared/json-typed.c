/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json-typed.h"

#include "date.h"
#include "hex.h"
#include "patch-ref.h"
#include "strv.h"

static int no_memory(const JsonPlace *place)
{
        return failure_set_errno(place->failure, -ENOMEM, "Cannot read the %s", place->document);
}

int json_read_text(const JsonPlace *place, const char *name, bool required, size_t max,
                   bool (*is_valid)(const char *), const char *rule, char **ret)
{
        const char *text;
        int r;

        r = json_read_string(place, name, required, max, &text);
        if (r <= 0)
                return r;
        if (!is_valid(text))
                return json_place_fail(place, name, rule);
        *ret = strdup(text);
        return *ret ? 1 : no_memory(place);
}

int json_read_hex(const JsonPlace *place, const char *name, bool required, uint8_t *ret, size_t n)
{
        const char *text;
        int r;

        r = json_read_string(place, name, required, 2 * n, &text);
        if (r <= 0)
                return r;
        if (hex_decode(text, ret, n) < 0)
                return json_place_fail(place, name,
                                       n == 32 ? "is not 64 hexadecimal digits"
                                               : "is not 40 hexadecimal digits");
        return 1;
}

int json_read_date(const JsonPlace *place, const char *name, bool required, time_t *ret)
{
        const char *text;
        int r;

        r = json_read_string(place, name, required, 64, &text);
        if (r <= 0)
                return r;
        if (date_parse(text, ret) < 0)
                return json_place_fail(place, name, "is not a date like 2027-11-21T00:00:00Z");
        return 1;
}

int json_read_ids(const JsonPlace *place, const char *name, bool required, size_t max, char ***ret)
{
        struct json_object *array;
        int r;

        r = json_read_array(place, name, required, max, &array);
        if (r <= 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(array); i++) {
                struct json_object *id = json_object_array_get_idx(array, i);

                if (!json_object_is_type(id, json_type_string) ||
                    !patch_id_is_valid(json_object_get_string(id)))
                        return json_place_fail(place, name, "has something else than ids of patches");
                if (strv_append(ret, json_object_get_string(id)) < 0)
                        return no_memory(place);
        }
        return 1;
}

int json_write_integer(struct json_object *object, const char *name, uint64_t value)
{
        return json_write_member(object, name, json_object_new_uint64(value));
}

int json_write_hex(struct json_object *object, const char *name, const uint8_t *bytes, size_t n)
{
        _cleanup_free_ char *text = hex_encode(bytes, n);

        return text ? json_write_string(object, name, text) : -ENOMEM;
}

int json_write_date(struct json_object *object, const char *name, time_t t)
{
        char text[DATE_TEXT_SIZE];
        int r;

        r = date_format(t, text);
        return r < 0 ? r : json_write_string(object, name, text);
}

int json_write_ids(struct json_object *object, const char *name, char *const *ids)
{
        struct json_object *array;
        int r;

        if (!ids)
                return 0;
        array = json_object_new_array();
        r = json_write_member(object, name, array);
        for (; r >= 0 && *ids; ids++)
                r = json_append(array, json_object_new_string(*ids));
        return r;
}
