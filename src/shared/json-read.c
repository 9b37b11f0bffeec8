/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json-read.h"

#include "json-scan.h"
#include "text.h"

#include <limits.h>

DEFINE_CLEANUP(struct json_tokener *, json_tokener_free);

static size_t count_members(struct json_object *value)
{
        size_t n = 0;

        if (json_object_is_type(value, json_type_object)) {
                struct json_object_iterator i = json_object_iter_begin(value),
                                            end = json_object_iter_end(value);

                for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i))
                        n += 1 + count_members(json_object_iter_peek_value(&i));
        } else if (json_object_is_type(value, json_type_array))
                for (size_t i = 0; i < json_object_array_length(value); i++)
                        n += count_members(json_object_array_get_idx(value, i));
        return n;
}

static int document_fail(const JsonPlace *place, const char *what)
{
        return failure_set(place->failure, place->kind, "The %s %s.", place->document, what);
}

int json_read_document(const char *text, size_t size, JsonPlace *place, struct json_object **ret)
{
        _cleanup_(json_tokener_freep) struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
        _cleanup_(json_object_putp) struct json_object *value = NULL;
        const char *wrong;
        size_t members;

        if (!tokener)
                return failure_set_errno(place->failure, -ENOMEM, "Cannot read the %s", place->document);
        if (size > INT_MAX)
                return document_fail(place, "is too large");
        wrong = json_scan(text, size, &members);
        if (wrong)
                return document_fail(place, wrong);

        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        value = json_tokener_parse_ex(tokener, text, (int) size);
        if (json_tokener_get_error(tokener) != json_tokener_success ||
            json_tokener_get_parse_end(tokener) != size)
                return document_fail(place, "is not JSON");
        if (!json_object_is_type(value, json_type_object))
                return document_fail(place, "is not a JSON object");
        if (count_members(value) != members)
                return document_fail(place, "has a field twice");
        place->object = value;
        *ret = TAKE_PTR(value);
        return 0;
}

int json_place_fail(const JsonPlace *place, const char *name, const char *what)
{
        return failure_set(place->failure, place->kind, "The %s's field '%s%s%s' %s.", place->document,
                           place->path, *place->path && *name ? "." : "", name, what);
}

/* 1, 0 when it is missing and may be, or a failure. */
static int get(const JsonPlace *place, const char *name, bool required, enum json_type type,
               struct json_object **ret)
{
        static const char *const wrong_type[] = {
                [json_type_boolean] = "is neither true nor false",
                [json_type_int] = "is not an integer",
                [json_type_object] = "is not an object",
                [json_type_array] = "is not a list",
                [json_type_string] = "is not a string",
        };
        struct json_object *value = NULL;

        if (!json_object_object_get_ex(place->object, name, &value))
                return required ? json_place_fail(place, name, "is missing") : 0;
        if (!json_object_is_type(value, type))
                return json_place_fail(place, name, wrong_type[type]);
        *ret = value;
        return 1;
}

int json_read_string(const JsonPlace *place, const char *name, bool required, size_t max, const char **ret)
{
        struct json_object *value = NULL;
        int r = get(place, name, required, json_type_string, &value);

        if (r <= 0)
                return r;
        /* DSSE says so of a key id, and it does the other optional ones no harm. */
        if (json_object_get_string_len(value) == 0)
                return required ? json_place_fail(place, name, "is empty") : 0;
        if ((size_t) json_object_get_string_len(value) > max)
                return json_place_fail(place, name, "is too long");
        *ret = json_object_get_string(value);
        return 1;
}

int json_read_integer(const JsonPlace *place, const char *name, bool required, uint64_t max, uint64_t *ret)
{
        struct json_object *value = NULL;
        int r = get(place, name, required, json_type_int, &value);
        int64_t number;

        if (r <= 0)
                return r;
        /* Saturates at INT64_MAX, which no caller allows, and neither what a negative one becomes. */
        number = json_object_get_int64(value);
        if ((uint64_t) number > max)
                return json_place_fail(place, name, "is out of range");
        *ret = (uint64_t) number;
        return 1;
}

int json_read_bool(const JsonPlace *place, const char *name, bool required, bool *ret)
{
        struct json_object *value = NULL;
        int r = get(place, name, required, json_type_boolean, &value);

        if (r <= 0)
                return r;
        *ret = json_object_get_boolean(value);
        return 1;
}

int json_read_object(const JsonPlace *place, const char *name, bool required, JsonPlace *ret)
{
        struct json_object *value = NULL;
        int r = get(place, name, required, json_type_object, &value);

        if (r <= 0)
                return r;
        *ret = *place;
        ret->object = value;
        (void) snprintf(ret->path, sizeof(ret->path), "%.30s%s%.30s", place->path, *place->path ? "." : "",
                        name);
        return 1;
}

int json_read_array(const JsonPlace *place, const char *name, bool required, size_t max,
                    struct json_object **ret)
{
        struct json_object *value = NULL;
        int r = get(place, name, required, json_type_array, &value);

        if (r <= 0)
                return r;
        if (json_object_array_length(value) > max)
                return json_place_fail(place, name, "has too many elements");
        *ret = value;
        return 1;
}

int json_read_element(const JsonPlace *place, const char *name, struct json_object *array, size_t i,
                      JsonPlace *ret)
{
        *ret = *place;
        ret->object = json_object_array_get_idx(array, i);
        (void) snprintf(ret->path, sizeof(ret->path), "%.30s%s%.20s[%zu]", place->path,
                        *place->path ? "." : "", name, i);
        if (!json_object_is_type(ret->object, json_type_object))
                return json_place_fail(ret, "", "is not an object");
        return 1;
}

int json_write_member(struct json_object *object, const char *name, struct json_object *value)
{
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(object, name, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

int json_write_string(struct json_object *object, const char *name, const char *text)
{
        return text ? json_write_member(object, name, json_object_new_string(text)) : 0;
}

int json_append(struct json_object *array, struct json_object *value)
{
        if (!value)
                return -ENOMEM;
        if (json_object_array_add(array, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

int json_write_text(struct json_object *object, int flags, char **ret_text)
{
        const char *json = json_object_to_json_string_ext(object, flags | JSON_C_TO_STRING_NOSLASHESCAPE);

        *ret_text = json ? text_format("%s\n", json) : NULL;
        return *ret_text ? 0 : -ENOMEM;
}
