/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes the smallest kernel module of a kind: make-module KIND FILE */

#include "cleanup.h"
#include "elf-test.h"
#include "file.h"
#include "util.h"

#include <fcntl.h>

static const char *const plain[] = { "name=plain", "vermagic=6.1.0-99-amd64 SMP ", NULL };

/* For another kernel than core's. */
static const char *const other[] = {
        "license=GPL",
        "name=kpatch_other",
        "vermagic=6.12.0-1-amd64 SMP preempt mod_unload modversions ",
        "kpatch_abi=2",
        "kpatch_build_id=ffeeddccbbaa99887766554433221100ffeeddcc",
        "kpatch_func=vmlinux:cmdline_proc_show,0",
        "kpatch_policy=strict",
        "kpatch_replace=1",
        NULL,
};

static const struct {
        const char *name;
        const char *const *modinfo;
} kinds[] = {
        { "core", elf_modinfo_core },
        { "livepatch", elf_modinfo_livepatch },
        { "other", other },
        { "plain", plain },
};

int main(int argc, char **argv)
{
        for (size_t i = 0; argc == 3 && i < ELEMENTSOF(kinds); i++) {
                _cleanup_(elf_image_clear) ElfImage image = {};

                if (!streq(kinds[i].name, argv[1]))
                        continue;
                image = elf_image_make(kinds[i].modinfo, elf_build_id);
                return file_write_atomic(AT_FDCWD, argv[2], image.data, image.size, 0644) < 0 ? EXIT_FAILURE
                                                                                              : EXIT_SUCCESS;
        }
        fputs("Usage: make-module core|livepatch|other|plain FILE\n", stderr);
        return EXIT_FAILURE;
}
