/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json-build.h"

int json_no_memory(Failure *f)
{
        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
}

int json_add_text(json_object *object, const char *key, const char *text)
{
        if (text && text[0])
                return json_write_member(object, key, json_object_new_string(text));
        return json_object_object_add(object, key, NULL) < 0 ? -ENOMEM : 0;
}

int json_add_bool(json_object *object, const char *key, bool value)
{
        return json_write_member(object, key, json_object_new_boolean(value));
}

int json_add_uint(json_object *object, const char *key, uint64_t value)
{
        return json_write_member(object, key, json_object_new_uint64(value));
}

json_object *json_add_array(json_object *object, const char *key)
{
        json_object *array = object ? json_object_new_array() : NULL;

        return json_write_member(object, key, array) < 0 ? NULL : array;
}

json_object *json_add_object(json_object *object, const char *key)
{
        json_object *member = object ? json_object_new_object() : NULL;

        return json_write_member(object, key, member) < 0 ? NULL : member;
}

json_object *json_append_object(json_object *array)
{
        json_object *member = array ? json_object_new_object() : NULL;

        return json_append(array, member) < 0 ? NULL : member;
}

json_object *json_get_array(json_object *object, const char *key)
{
        json_object *array = NULL;

        return json_object_object_get_ex(object, key, &array) ? array : json_add_array(object, key);
}

int json_append_texts(json_object *array, char *const *texts)
{
        for (char *const *text = texts; array && text && *text; text++)
                if (json_append(array, json_object_new_string(*text)) < 0)
                        return -ENOMEM;
        return array ? 0 : -ENOMEM;
}
