/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "elf-test.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const elf_modinfo_core[] = {
        "license=GPL",
        "name=kpatch_demo",
        "vermagic=6.1.0-99-amd64 SMP preempt mod_unload modversions ",
        "kpatch_abi=2",
        "kpatch_build_id=00112233445566778899aabbccddeeff00112233",
        "kpatch_func=vmlinux:cmdline_proc_show,0",
        "kpatch_func=ext4:ext4_bread,2",
        "kpatch_policy=strict",
        "kpatch_replace=1",
        NULL,
};

const char *const elf_modinfo_livepatch[] = {
        "livepatch=Y",
        "name=livepatch_sample",
        "vermagic=6.1.0-99-amd64 SMP preempt mod_unload modversions ",
        NULL,
};

const uint8_t elf_build_id[20] = {
        0xb0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0xff
};

static const char names[] = "\0.modinfo\0.note.gnu.build-id\0.shstrtab\0.text";

static uint32_t name_of(const char *name)
{
        const char *found = memmem(names, sizeof(names), name, strlen(name) + 1);

        assert(found);
        return (uint32_t) (found - names);
}

/* Appends to the image and tells where. */
static uint64_t append(ElfImage *image, const void *data, size_t size)
{
        uint64_t at = image->size;

        image->data = realloc(image->data, image->size + size);
        assert(image->data);
        memcpy(image->data + at, data, size);
        image->size += size;
        return at;
}

static Elf64_Shdr append_section(ElfImage *image, const char *name, uint32_t type, const void *data,
                                 size_t size)
{
        return (Elf64_Shdr){
                .sh_name = name_of(name),
                .sh_type = type,
                .sh_flags = SHF_ALLOC,
                .sh_offset = append(image, data, size),
                .sh_size = size,
                .sh_addralign = 1,
        };
}

static Elf64_Shdr append_modinfo(ElfImage *image, const char *const *modinfo)
{
        ElfImage text = {};
        Elf64_Shdr section;

        for (; *modinfo; modinfo++)
                append(&text, *modinfo, strlen(*modinfo) + 1);
        section = append_section(image, ".modinfo", SHT_PROGBITS, text.data, text.size);
        free(text.data);
        return section;
}

static Elf64_Shdr append_note(ElfImage *image, const uint8_t build_id[20])
{
        struct {
                Elf64_Nhdr header;
                char name[4];
                uint8_t id[20];
        } note = { { 4, 20, NT_GNU_BUILD_ID }, "GNU", {} };

        if (!build_id)
                return (Elf64_Shdr){};
        memcpy(note.id, build_id, sizeof(note.id));
        return append_section(image, ".note.gnu.build-id", SHT_NOTE, &note, sizeof(note));
}

ElfImage elf_image_make(const char *const *modinfo, const uint8_t build_id[20])
{
        Elf64_Shdr sections[_ELF_SECTION_MAX] = {};
        Elf64_Ehdr header = {
                .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                .e_type = ET_REL,
                .e_machine = EM_X86_64,
                .e_version = EV_CURRENT,
                .e_ehsize = sizeof(Elf64_Ehdr),
                .e_shentsize = sizeof(Elf64_Shdr),
                .e_shnum = _ELF_SECTION_MAX,
                .e_shstrndx = ELF_SECTION_NAMES,
        };
        ElfImage image = {};

        append(&image, &header, sizeof(header));
        sections[ELF_SECTION_MODINFO] = append_modinfo(&image, modinfo);
        sections[ELF_SECTION_NOTE] = append_note(&image, build_id);
        sections[ELF_SECTION_NAMES] = append_section(&image, ".shstrtab", SHT_STRTAB, names, sizeof(names));
        sections[ELF_SECTION_TEXT] = (Elf64_Shdr){
                .sh_name = name_of(".text"),
                .sh_type = SHT_NOBITS,
                .sh_offset = 1 << 30,
                .sh_size = 1 << 30,
        };
        while (image.size % 8 != 0)
                append(&image, "", 1);
        header.e_shoff = append(&image, sections, sizeof(sections));
        memcpy(image.data, &header, sizeof(header));
        return image;
}

void elf_image_clear(ElfImage *image)
{
        free(image->data);
        *image = (ElfImage){};
}

Elf64_Ehdr *elf_image_header(const ElfImage *image)
{
        return (Elf64_Ehdr *) image->data;
}

Elf64_Shdr *elf_image_section(const ElfImage *image, size_t i)
{
        return (Elf64_Shdr *) (image->data + elf_image_header(image)->e_shoff) + i;
}
