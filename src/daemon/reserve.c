/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "reserve.h"

#include "cleanup.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>

/* An attempt is one block of most file systems, and at boot there is one for each patch. */
#define RESERVE_SIZE (64U * 1024)

static char *reserve_path(const char *state_dir)
{
        return text_format("%s/reserve", state_dir);
}

void reserve_keep(const char *state_dir)
{
        _cleanup_free_ char *path = reserve_path(state_dir), *room = NULL;

        if (!path || access(path, F_OK) == 0)
                return;
        room = calloc(1, RESERVE_SIZE);
        if (room)
                (void) file_write_atomic(AT_FDCWD, path, room, RESERVE_SIZE, 0600);
}

bool reserve_give_up(const char *state_dir)
{
        _cleanup_free_ char *path = reserve_path(state_dir);

        return path && file_remove(AT_FDCWD, path) >= 0;
}
