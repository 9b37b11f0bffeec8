/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* The lock on the state folder: the daemon, and at boot kpatchd --reapply and --settle, may be at work at
 * once. Held until the descriptor is closed. */

/* Waits for it. Creates the folder. */
int lock_take(const char *state_dir, int *ret_fd, Failure *f);

/* Errors: -EWOULDBLOCK when somebody holds it, and then f is left alone. */
int lock_try(const char *state_dir, int *ret_fd, Failure *f);
