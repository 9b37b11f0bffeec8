/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "manifest.h"

/* Reads a module that is the one of a verified manifest; the caller frees. The order is that of trust: the
 * digest proves the module, what it says about itself comes after. */
int feed_module_read(const Manifest *m, const char *path, char **ret_bytes, size_t *ret_size, Failure *f);
