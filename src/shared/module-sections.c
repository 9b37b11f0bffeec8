/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "module-sections.h"

#include "cleanup.h"

#include <gelf.h>
#include <libelf.h>
#include <stdint.h>

#define SECTION_SIZE_MAX (1024 * 1024)

DEFINE_CLEANUP(Elf *, elf_end);

static int invalid(Failure *f, const char *what)
{
        return failure_set(f, FAILURE_MODULE_INVALID, "That is not a complete kernel module: %s.", what);
}

static bool range_is_within(uint64_t offset, uint64_t length, size_t size)
{
        return offset <= size && length <= size - offset;
}

/* The file header, and that the section headers lie within the file. Extended numbering (more than 65279
 * sections) is refused: no module needs it. */
static int check_header(const void *data, size_t size, Failure *f)
{
        Elf64_Ehdr header;

        if (size < sizeof(header))
                return invalid(f, "it is shorter than an ELF header");
        memcpy(&header, data, sizeof(header));
        if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
                return invalid(f, "it is not an ELF file");
        if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
            header.e_ident[EI_VERSION] != EV_CURRENT || header.e_version != EV_CURRENT ||
            header.e_machine != EM_X86_64)
                return invalid(f, "it is not for x86-64");
        if (header.e_type != ET_REL)
                return invalid(f, "it is not a relocatable object");
        if (header.e_ehsize != sizeof(Elf64_Ehdr) || header.e_shentsize != sizeof(Elf64_Shdr) ||
            header.e_phnum != 0)
                return invalid(f, "its ELF header makes no sense");
        if (header.e_shnum == 0 || header.e_shstrndx >= header.e_shnum)
                return invalid(f, "it has no section names");
        if (!range_is_within(header.e_shoff, (uint64_t) header.e_shnum * sizeof(Elf64_Shdr), size))
                return invalid(f, "it ends before its section headers");
        return 0;
}

/* Every section with content, wanted or not, must lie within the file: a truncated one is told at once. */
static int read_section(Elf_Scn *section, size_t file_size, GElf_Shdr *ret, Failure *f)
{
        if (!gelf_getshdr(section, ret))
                return invalid(f, "a section header cannot be read");
        if (ret->sh_type != SHT_NOBITS && ret->sh_type != SHT_NULL &&
            !range_is_within(ret->sh_offset, ret->sh_size, file_size))
                return invalid(f, "it ends within a section");
        return 0;
}

static int check_names(Elf *elf, const char *image, size_t size, size_t *ret_index, Failure *f)
{
        Elf_Scn *section = NULL;
        GElf_Shdr header;
        int r;

        if (elf_getshdrstrndx(elf, ret_index) < 0)
                return invalid(f, "it has no section names");
        section = elf_getscn(elf, *ret_index);
        if (!section)
                return invalid(f, "it has no section names");
        r = read_section(section, size, &header, f);
        if (r < 0)
                return r;
        if (header.sh_type != SHT_STRTAB || (header.sh_flags & SHF_COMPRESSED) || header.sh_size == 0 ||
            image[header.sh_offset + header.sh_size - 1] != 0)
                return invalid(f, "its section names are broken");
        return 0;
}

/* Points *ret at a section's content. Which of two sections of one name the kernel would take is not for us
 * to guess. */
static int take_section(const char *image, const GElf_Shdr *header, uint32_t type, const char **ret,
                        size_t *ret_size, Failure *f)
{
        if (*ret)
                return invalid(f, "it has two sections of one name");
        if (header->sh_type != type || (header->sh_flags & SHF_COMPRESSED) || header->sh_size == 0 ||
            header->sh_size > SECTION_SIZE_MAX)
                return invalid(f, "its .modinfo or its build-id is of the wrong kind or size");
        *ret = image + header->sh_offset;
        *ret_size = header->sh_size;
        return 0;
}

static int find(Elf *elf, const char *image, size_t size, ModuleSections *sections, Failure *f)
{
        const char *modinfo = NULL, *note = NULL;
        Elf_Scn *section = NULL;
        size_t names;
        int r;

        r = check_names(elf, image, size, &names, f);
        if (r < 0)
                return r;
        while ((section = elf_nextscn(elf, section))) {
                const char *name;
                GElf_Shdr header;

                r = read_section(section, size, &header, f);
                if (r < 0)
                        return r;
                name = elf_strptr(elf, names, header.sh_name);
                if (!name)
                        return invalid(f, "its section names are broken");
                if (streq(name, ".modinfo"))
                        r = take_section(image, &header, SHT_PROGBITS, &modinfo, &sections->modinfo_size, f);
                else if (streq(name, ".note.gnu.build-id"))
                        r = take_section(image, &header, SHT_NOTE, &note, &sections->build_id_note_size, f);
                if (r < 0)
                        return r;
        }
        if (!modinfo)
                return invalid(f, "it has no .modinfo");
        if (modinfo[sections->modinfo_size - 1] != 0)
                return invalid(f, "its .modinfo does not end with a NUL");
        sections->modinfo = modinfo;
        sections->build_id_note = note;
        return 0;
}

int module_sections_find(const void *data, size_t size, ModuleSections *ret, Failure *f)
{
        _cleanup_(elf_endp) Elf *elf = NULL;
        ModuleSections sections = {};
        int r;

        r = check_header(data, size, f);
        if (r < 0)
                return r;
        if (elf_version(EV_CURRENT) == EV_NONE)
                return failure_set(f, FAILURE_FAILED, "libelf cannot be used.");
        /* Opened for reading alone, which does not write to the image. */
        elf = elf_memory((char *) data, size);
        if (!elf || elf_kind(elf) != ELF_K_ELF)
                return invalid(f, "it is not an ELF file");
        r = find(elf, data, size, &sections, f);
        if (r < 0)
                return r;
        *ret = sections;
        return 0;
}
