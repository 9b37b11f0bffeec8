/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

#include <dirent.h>

/* What is done about files of the state folder that are not as they were written. */

/* Where it was moved to: beside what it was. */
#define STATE_LOST_SUFFIX ".broken"

/* Whether the error of reading a file, or -EBADMSG of parsing it, says that the file itself is bad. Any
 * other may pass, as of a disk that is not there or of too many open files: it says nothing of the file,
 * which has to stay. */
bool state_is_damage(int error) _const_;

/* Renames it, and says so in the log. */
void state_set_aside(const char *path);

/* *ret is NULL where the folder is not there. What is there in place of a folder is set aside. */
int state_open_folder(const char *path, DIR **ret);

/* dir_create_open(), and file_write_atomic(), for root only; what is in the way is set aside. */
int state_create_folder(const char *path);
int state_write(const char *path, const void *data, size_t size);
