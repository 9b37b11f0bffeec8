/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "json-read.h"

#include <stdint.h>

/* Members of a reply. Functions return 0 or -ENOMEM; those that make a list or an object return it, owned by
 * what it was made in, or NULL, and take NULL for what could not be made before. */

/* Sets FAILURE_NO_MEMORY and returns -ENOMEM. */
int json_no_memory(Failure *f);

/* What is not known, or empty where it need not be said, is null. */
int json_add_text(json_object *object, const char *key, const char *text);
int json_add_bool(json_object *object, const char *key, bool value);
int json_add_uint(json_object *object, const char *key, uint64_t value);

json_object *json_add_array(json_object *object, const char *key);
json_object *json_add_object(json_object *object, const char *key);
json_object *json_append_object(json_object *array);

/* The list that is there, or a new one. */
json_object *json_get_array(json_object *object, const char *key);

int json_append_texts(json_object *array, char *const *texts);
