/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* Kernel modules as small as they can be, made in memory: .modinfo, .note.gnu.build-id (where there is one),
 * .shstrtab and the section headers behind them. */

typedef struct ElfImage {
        uint8_t *data;
        size_t size;
} ElfImage;

enum {
        ELF_SECTION_NULL,
        ELF_SECTION_MODINFO,
        ELF_SECTION_NOTE,
        ELF_SECTION_NAMES,
        ELF_SECTION_TEXT, /* without content: SHT_NOBITS */
        _ELF_SECTION_MAX,
};

/* modinfo is a list of entries that ends with NULL. build_id NULL leaves the note empty of type SHT_NULL. */
ElfImage elf_image_make(const char *const *modinfo, const uint8_t build_id[20]);

void elf_image_clear(ElfImage *image);

/* Into the image, to be changed by a test. */
Elf64_Ehdr *elf_image_header(const ElfImage *image);
Elf64_Shdr *elf_image_section(const ElfImage *image, size_t i);

/* A patch module for the core engine, and a mainline livepatch. */
extern const char *const elf_modinfo_core[];
extern const char *const elf_modinfo_livepatch[];
extern const uint8_t elf_build_id[20];
