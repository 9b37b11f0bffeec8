/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"

#include <json-c/json.h>
#include <stdint.h>

/* Reading JSON that others wrote: json-c behind json_scan(), and getters that check the type and the bounds
 * of what they get and say where something is wrong. */

/* Integers up to this are the same in every implementation of JSON (RFC 8259, section 6). */
#define JSON_INTEGER_MAX ((UINT64_C(1) << 53) - 1)

#define JSON_PATH_MAX 64

/* An object within a document, and what is needed to report on it. */
typedef struct JsonPlace {
        struct json_object *object;
        const char *document;     /* "manifest": static, and what sentences call it */
        char path[JSON_PATH_MAX]; /* "kernel", "cves[3]", "" for the document itself */
        FailureKind kind;         /* of every failure */
        Failure *failure;
} JsonPlace;

DEFINE_CLEANUP(struct json_object *, json_object_put);

/* Parses size bytes that hold one object. On success place->object is owned by *ret, which the caller puts;
 * place has all its other fields set by the caller before. */
int json_read_document(const char *text, size_t size, JsonPlace *place, struct json_object **ret);

/* The getters return 1 and the value, 0 when an optional member is missing or an empty string (what ret
 * points to stays as it is), or a negative errno and a failure. Strings are borrowed from the document, at
 * most max bytes long and not empty. */
int json_read_string(const JsonPlace *place, const char *name, bool required, size_t max, const char **ret);
int json_read_integer(const JsonPlace *place, const char *name, bool required, uint64_t max, uint64_t *ret);
int json_read_bool(const JsonPlace *place, const char *name, bool required, bool *ret);
int json_read_object(const JsonPlace *place, const char *name, bool required, JsonPlace *ret);
int json_read_array(const JsonPlace *place, const char *name, bool required, size_t max,
                    struct json_object **ret);

/* The place of array's i-th element, which must be an object. name is the array's. */
int json_read_element(const JsonPlace *place, const char *name, struct json_object *array, size_t i,
                      JsonPlace *ret);

/* Reports that a member is wrong: what completes "The manifest's field 'kernel.arch' ...". */
int json_place_fail(const JsonPlace *place, const char *name, const char *what);

/* Adds a member to an object that is being written. value NULL is what an allocation gave. Errors: -ENOMEM,
 * value being released. */
int json_write_member(struct json_object *object, const char *name, struct json_object *value);

/* Like it for a string; text NULL adds nothing. */
int json_write_string(struct json_object *object, const char *name, const char *text);

/* Like json_write_member() for an array. */
int json_append(struct json_object *array, struct json_object *value);

#define JSON_INDENTED (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED)

/* The object as text with a newline at its end, with json-c's flags; the caller frees. Errors: -ENOMEM. */
int json_write_text(struct json_object *object, int flags, char **ret_text);
