/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "generation.h"
#include "host.h"

/* Where the newest generation cannot be read, records a new one that is made of the last readable one, the
 * kernel, the history and the store, and sets the damaged ones aside. What was rolled back must not come
 * back: a patch is taken if the kernel has it in force, or if the history says that it was put in force and
 * not taken out since; of what neither knows, it is said that it was left out. Does nothing where all is
 * well. Under the lock. */
int generation_repair(const Host *host, const Config *config, Failure *f);
