/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "feed-file.h"
#include "hex.h"
#include "module-file.h"
#include "verb.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>

DEFINE_CLEANUP(Elf *, elf_end);

#define NOTES_SIZE_MAX (1024 * 1024)

/* The first build-id among an ELF file's note sections: a module, a vmlinux, a program. */
static int read_elf(Elf *elf, uint8_t ret_build_id[BUILD_ID_SIZE])
{
        Elf_Scn *section = NULL;

        while ((section = elf_nextscn(elf, section))) {
                const Elf_Data *data;
                GElf_Shdr header;

                if (!gelf_getshdr(section, &header))
                        return -EBADMSG;
                if (header.sh_type != SHT_NOTE)
                        continue;
                data = elf_rawdata(section, NULL);
                if (data && data->d_buf &&
                    elf_notes_find_build_id(data->d_buf, data->d_size, ret_build_id) >= 0)
                        return 0;
        }
        return -ENOENT;
}

static int read_build_id(const char *path, uint8_t ret_build_id[BUILD_ID_SIZE], Failure *f)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_(elf_endp) Elf *elf = NULL;
        _cleanup_free_ char *notes = NULL;
        size_t size;
        int r;

        if (fd < 0)
                return failure_set_errno(f, -errno, "Cannot open %s", path);
        (void) elf_version(EV_CURRENT);
        elf = elf_begin(fd, ELF_C_READ, NULL);
        if (elf && elf_kind(elf) == ELF_K_ELF)
                r = read_elf(elf, ret_build_id);
        else {
                /* Bare notes, as in /sys/kernel/notes. */
                r = feed_file_read(path, "notes", NOTES_SIZE_MAX, &notes, &size, f);
                if (r < 0)
                        return r;
                r = elf_notes_find_build_id(notes, size, ret_build_id);
        }
        if (r < 0)
                return failure_set(f, FAILURE_MODULE_INVALID, "%s has no build-id of %d bytes.", path,
                                   BUILD_ID_SIZE);
        return 0;
}

static int run(const void *unused, char *const *args, size_t n_args, Failure *f)
{
        uint8_t build_id[BUILD_ID_SIZE];
        _cleanup_free_ char *text = NULL;
        int r;

        r = read_build_id(args[0], build_id, f);
        if (r < 0)
                return r;
        text = hex_encode(build_id, sizeof(build_id));
        if (!text)
                return failure_set_errno(f, -ENOMEM, "Cannot show the build-id");
        puts(text);
        return 0;
}

const FeedVerb feed_verb_build_id = {
        .name = "build-id",
        .arguments = "FILE",
        .help = "Print the build-id of a module, a vmlinux, or notes such as /sys/kernel/notes",
        .min_args = 1,
        .max_args = 1,
        .run = run,
};
