/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* What json-c lets pass and JSON (RFC 8259) or this project does not. Refused: bytes that are no UTF-8 or no
 * JSON outside of strings, numbers that are written wrongly, NUL however written, control characters in
 * strings, nesting deeper than JSON_DEPTH_MAX, more than JSON_CONTAINERS_MAX objects and arrays. */
#define JSON_DEPTH_MAX      8
#define JSON_CONTAINERS_MAX 4096

/* Returns NULL and the number of members that all objects of the text have together, or what is wrong with
 * it, as a static string that completes "the text ...". json-c keeps the last of two members with one name;
 * the number betrays it. */
const char *json_scan(const char *text, size_t size, size_t *ret_members);
