/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Some room on the disk for a boot that finds it full: without the note of an attempt no patch is applied,
 * and a host would come up with its holes open because a log has grown. The file state_dir/reserve, of 64
 * KiB. */

/* Makes it where it is missing. What fails is no harm: there is no reserve then. */
void reserve_keep(const char *state_dir);

/* Removes it: there is room for notes now. False where there was none. */
bool reserve_give_up(const char *state_dir);
