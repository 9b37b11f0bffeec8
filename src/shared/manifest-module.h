/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "manifest.h"
#include "module-file.h"

/* Fills in what a manifest says of its module by what the module says of itself: file is what it is called
 * at its publisher's. The kernel's release is the vermagic's first word unless it is set. A patch of the kit
 * names its kernel build, its functions and whether it replaces; a livepatch of the kernel's own does not
 * (has_target_build_id), and these stay as they are. Takes from module what it can use. Errors:
 * FAILURE_MODULE_INVALID where it has no build-id. */
int manifest_take_module(Manifest *m, ModuleFile *module, const void *bytes, size_t size, const char *file,
                         Failure *f);
