/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine.h"

/* What engines share: patches are kernel modules, and are seen and switched through sysfs. */

/* The first line of a file below sysfs. */
int sysfs_read(const Host *host, char **ret, const char *format, ...) _printf_(3, 4);

/* Writes to a file below sysfs. Errors are the file's. */
int sysfs_write(const Host *host, const char *value, const char *format, ...) _printf_(3, 4);

bool sysfs_has(const Host *host, const char *format, ...) _printf_(2, 3);

/* The names of the folders in one below sysfs, sorted. A folder that is not there has none. */
int sysfs_list(const Host *host, const char *below, char ***ret);

/* 1 when the loaded module of that name has the build-id of m, or m names none; 0 when it has another;
 * -ENOENT when none is loaded. */
int sysfs_module_is(const Host *host, const EngineModule *m);

/* Loads a module from memory, through a sealed copy. parameters as of insmod. Errors: finit_module(2)'s. */
int engine_insert(const Host *host, const EngineModule *m, const char *parameters, const void *data,
                  size_t size);

/* What an errno of the module loader itself means; NULL for one that the patch may have returned. */
const char *engine_explain_insert(int r);
