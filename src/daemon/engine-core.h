/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine.h"

/* The project's own kernel module, kpatch_core. Its interface is /sys/kernel/kpatch, see docs/ABI-sysfs.md.
 */
extern const Engine engine_core;
