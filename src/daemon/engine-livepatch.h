/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine.h"

/* The kernel's own livepatch. Its interface is /sys/kernel/livepatch, see the kernel's
 * Documentation/livepatch/livepatch.rst and Documentation/ABI/testing/sysfs-kernel-livepatch. */
extern const Engine engine_livepatch;
