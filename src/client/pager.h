/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "terminal.h"

/* Shows text on a terminal through a pager where it has more lines than the terminal: $KPATCHCTL_PAGER, or
 * else $PAGER, or else less. Those that are empty or "cat" are none. Whoever got the rights of somebody
 * else, as by sudo, gets less in its secure mode and nothing else: a pager can start programs.
 *
 * What no pager takes is written to the terminal as it is. */
void pager_show(const Terminal *t, const char *text, size_t size);
