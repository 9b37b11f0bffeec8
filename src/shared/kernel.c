/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "kernel.h"

#include "file.h"
#include "hex.h"
#include "module-file.h"
#include "text.h"

#include <fcntl.h>
#include <sys/utsname.h>

#define NOTES_SIZE_MAX (64 * 1024)

static int read_build_id(const char *sysfs, uint8_t ret_build_id[BUILD_ID_SIZE], Failure *f)
{
        _cleanup_free_ char *path = NULL, *notes = NULL;
        size_t size;
        int r;

        path = text_format("%s/kernel/notes", sysfs);
        if (!path)
                return failure_set_errno(f, -ENOMEM, "Cannot read the kernel's build-id");
        r = file_read(AT_FDCWD, path, NOTES_SIZE_MAX, &notes, &size);
        if (r >= 0)
                r = elf_notes_find_build_id(notes, size, ret_build_id);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the kernel's build-id from %s", path);
        return 0;
}

int kernel_read(const char *sysfs, const char *release, Kernel **ret, Failure *f)
{
        _cleanup_(kernel_freep) Kernel *k = calloc(1, sizeof(*k));
        struct utsname name;
        int r;

        if (!k)
                return failure_set_errno(f, -ENOMEM, "Cannot read what kernel runs");
        if (!release) {
                if (uname(&name) < 0)
                        return failure_set_errno(f, -errno, "Cannot read what kernel runs");
                release = name.release;
        }
        r = read_build_id(sysfs, k->build_id, f);
        if (r < 0)
                return r;
        k->release = strdup(release);
        k->build_id_text = hex_encode(k->build_id, sizeof(k->build_id));
        if (!k->release || !k->build_id_text)
                return failure_set_errno(f, -ENOMEM, "Cannot read what kernel runs");
        *ret = TAKE_PTR(k);
        return 0;
}

bool kernel_cmdline_has(const char *proc, const char *word)
{
        _cleanup_free_ char *path = NULL, *cmdline = NULL;
        char *save = NULL;

        path = text_format("%s/cmdline", proc);
        if (!path)
                return false;
        if (file_read_line(AT_FDCWD, path, &cmdline) < 0)
                return false;
        for (const char *w = strtok_r(cmdline, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save))
                if (streq(w, word))
                        return true;
        return false;
}

Kernel *kernel_free(Kernel *k)
{
        if (!k)
                return NULL;
        free(k->release);
        free(k->build_id_text);
        free(k);
        return NULL;
}
