/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "json-read.h"

#include <time.h>

/* Members that are more than JSON's own types, for readers and writers of metadata. The readers return as
 * those of json-read.h do: 1, 0 where an optional member is missing, or a failure. */

/* A copy of a text that is_valid() accepts; rule completes "The manifest's field 'id' ..." for others. */
int json_read_text(const JsonPlace *place, const char *name, bool required, size_t max,
                   bool (*is_valid)(const char *), const char *rule, char **ret);

/* Exactly n bytes in hexadecimal, 20 or 32. */
int json_read_hex(const JsonPlace *place, const char *name, bool required, uint8_t *ret, size_t n);

int json_read_date(const JsonPlace *place, const char *name, bool required, time_t *ret);

/* A list of at most max ids of patches, as a string vector. */
int json_read_ids(const JsonPlace *place, const char *name, bool required, size_t max, char ***ret);

/* The writers return 0 or a negative errno: -ENOMEM, and -EINVAL for a date that cannot be written. */
int json_write_integer(struct json_object *object, const char *name, uint64_t value);
int json_write_hex(struct json_object *object, const char *name, const uint8_t *bytes, size_t n);
int json_write_date(struct json_object *object, const char *name, time_t t);

/* Adds nothing for NULL. */
int json_write_ids(struct json_object *object, const char *name, char *const *ids);
