/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "json-read.h"
#include "names.h"

#include <stdint.h>

/* A file by its content: what signed metadata says of one that is to be fetched. */
typedef struct FileRef {
        uint64_t size; /* 0: there is none */
        uint8_t sha256[SHA256_SIZE];
} FileRef;

bool file_ref_equal(const FileRef *a, const FileRef *b) _pure_;

void file_ref_make(const void *data, size_t size, FileRef *ret);

/* FAILURE_DOWNLOAD_MISMATCH unless these bytes are the file; what is what a sentence calls it ("feed"). */
int file_ref_check(const FileRef *ref, const void *data, size_t size, const char *what, Failure *f);

/* Where it is found under a feed's address: "objects/ab/abcd...", by its SHA-256. */
#define FILE_REF_PATH_SIZE (sizeof("objects/") + 3 + 2 * SHA256_SIZE)
void file_ref_path(const FileRef *ref, char ret_path[FILE_REF_PATH_SIZE]);

/* An object of size, 1 to max, and sha256. Returns as json_read_object(). */
int file_ref_read(const JsonPlace *place, const char *name, bool required, uint64_t max, FileRef *ret);

/* Adds nothing where there is no file. Errors: -ENOMEM. */
int file_ref_write(struct json_object *object, const char *name, const FileRef *ref);
