/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation-keep.h"

#include "cleanup.h"
#include "hex.h"
#include "state-file.h"
#include "text.h"

static int visit_build(const char *state_dir, const char *build_id, GenerationVisit visit, void *userdata)
{
        _cleanup_free_ uint64_t *numbers = NULL;
        size_t n = 0;
        int r;

        r = generation_list(state_dir, build_id, &numbers, &n);
        while (r == 0 && n-- > 0) {
                _cleanup_(generation_freep) Generation *g = NULL;

                r = generation_load_number(state_dir, build_id, numbers[n], &g);
                if (r != -ENOMEM && r != -ENOENT)
                        r = visit(build_id, numbers[n], g, userdata);
        }
        return r;
}

int generation_visit_kept(const char *state_dir, GenerationVisit visit, void *userdata)
{
        _cleanup_free_ char *path = NULL;
        struct dirent *entry;
        uint8_t build_id[BUILD_ID_SIZE];
        DIR *dir = NULL;
        int r;

        path = text_format("%s/generations", state_dir);
        if (!path)
                return -ENOMEM;
        r = state_open_folder(path, &dir);
        while (dir && r == 0 && (entry = readdir(dir)))
                if (hex_decode(entry->d_name, build_id, BUILD_ID_SIZE) >= 0)
                        r = visit_build(state_dir, entry->d_name, visit, userdata);
        if (dir)
                closedir(dir);
        return r;
}
