/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "manifest.h"
#include "names.h"

#include <stdint.h>

/* What a kernel module file says about itself, read from an image in memory through libelf. Every offset and
 * size of the file is checked, so that a hostile one gets an error and nothing else. */

typedef struct ModuleFile {
        char *name;     /* modinfo name= */
        char *vermagic; /* modinfo vermagic= */
        bool has_build_id;
        uint8_t build_id[BUILD_ID_SIZE]; /* .note.gnu.build-id */
        const char *engine; /* static: "core" for modinfo kpatch_abi=, "livepatch" for livepatch=Y; NULL: no
                               patch */
        bool has_target_build_id;
        uint8_t target_build_id[BUILD_ID_SIZE]; /* modinfo kpatch_build_id=: the kernel that it is for */
        ManifestFunction *functions;            /* modinfo kpatch_func=object:name,sympos */
        size_t n_functions;
        bool replace; /* modinfo kpatch_replace=1 */
} ModuleFile;

/* Errors: FAILURE_MODULE_INVALID (truncated, not ELF, not a 64-bit little-endian relocatable x86-64 file, no
 * .modinfo, no name, marked as a patch but without what a patch must say), FAILURE_NOT_A_PATCH (a module,
 * but neither engine's mark), FAILURE_ENGINE_UNSUPPORTED (a kpatch_abi that is not 2). The memory must not
 * change while it is read. */
int module_file_parse(const void *data, size_t size, ModuleFile **ret, Failure *f);

/* Whether a signed manifest and the module that it names tell the same: name, vermagic, build-ids, engine,
 * functions. Errors: FAILURE_MODULE_MISMATCH naming the first difference. */
int module_file_check_manifest(const ModuleFile *m, const Manifest *manifest, Failure *f);

ModuleFile *module_file_free(ModuleFile *m);
DEFINE_CLEANUP(ModuleFile *, module_file_free);

/* The first NT_GNU_BUILD_ID note in a block of ELF notes, such as /sys/kernel/notes. Errors: -ENOENT,
 * -EBADMSG. */
int elf_notes_find_build_id(const void *data, size_t size, uint8_t ret_build_id[BUILD_ID_SIZE]);
