/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "generation.h"
#include "host.h"

/* Where the newest generation cannot be read, records a new one that is made of the last readable one, the
 * history, the store and the kernel, and sets the damaged ones aside. What was rolled back must not come
 * back: a patch of the last readable one stays if the history knows it, and not that it was recorded as
 * gone, or if the kernel has it in force; of what neither knows, it is said that it was left out. What the
 * history says was recorded since comes after it, as its manifest in the store says. Does nothing where all
 * is well. Under the lock. */
int generation_repair(const Host *host, const Config *config, Failure *f);
