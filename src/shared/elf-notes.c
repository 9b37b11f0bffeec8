/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "module-file.h"

#include <elf.h>

/* Notes are padded to four bytes, name and descriptor each. Works for a length up to UINT32_MAX. */
static uint64_t padded(uint32_t n)
{
        return ((uint64_t) n + 3) & ~UINT64_C(3);
}

int elf_notes_find_build_id(const void *data, size_t size, uint8_t ret_build_id[BUILD_ID_SIZE])
{
        const uint8_t *p = data;

        while (size > 0) {
                Elf64_Nhdr note;
                uint64_t name_size;

                if (size < sizeof(note))
                        return -EBADMSG;
                memcpy(&note, p, sizeof(note));
                p += sizeof(note);
                size -= sizeof(note);
                name_size = padded(note.n_namesz);
                /* The last descriptor's padding may be missing. */
                if (name_size > size || note.n_descsz > size - name_size)
                        return -EBADMSG;
                if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
                    memcmp(p, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0) {
                        if (note.n_descsz != BUILD_ID_SIZE)
                                return -EBADMSG;
                        memcpy(ret_build_id, p + name_size, BUILD_ID_SIZE);
                        return 0;
                }
                name_size += padded(note.n_descsz);
                if (name_size > size)
                        name_size = size;
                p += name_size;
                size -= name_size;
        }
        return -ENOENT;
}
