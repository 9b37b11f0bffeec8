/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

/* polkit's agent for terminals: it asks for the password where no desktop does. */

/* Starts it and waits until it is registered. Returns its pid, or 0 where none is of use (root, no terminal)
 * or none is to be had: then polkit asks elsewhere or refuses. */
pid_t agent_start(void);

void agent_stop(pid_t pid);
