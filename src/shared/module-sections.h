/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* The sections of a kernel module that this project reads, as parts of the image that was handed in. */
typedef struct ModuleSections {
        const char *modinfo; /* ends with a NUL */
        size_t modinfo_size;
        const void *build_id_note; /* NULL: there is none */
        size_t build_id_note_size;
} ModuleSections;

/* Finds them in a 64-bit little-endian relocatable ELF file for x86-64. libelf reads the section headers and
 * names; all that it could be led astray by is checked before. Errors: FAILURE_MODULE_INVALID. */
int module_sections_find(const void *data, size_t size, ModuleSections *ret, Failure *f);
