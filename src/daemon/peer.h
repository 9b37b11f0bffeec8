/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"

#include <stdint.h>

/* The daemon's end of a conversation with a helper that systemd starts when somebody connects to its socket.
 * A helper is not believed to answer in time, or at all. */

/* flags: SOCK_NONBLOCK, or 0. Errors: those of connect(2), -ENAMETOOLONG. */
int peer_connect(const char *socket_path, int flags, int *ret_fd);

/* CLOCK_MONOTONIC, ms. */
int64_t peer_now(void);

/* All of size bytes, without SIGPIPE. Errors: those of send(2), -ETIMEDOUT at the deadline. */
int peer_send(int fd, int64_t deadline, const void *data, size_t size);

/* All of size bytes. Errors: -ETIMEDOUT at the deadline, -ECANCELED once cancel_fd is readable (negative:
 * nothing cancels), -ECONNRESET when it hangs up. */
int peer_receive(int fd, int cancel_fd, int64_t deadline, void *data, size_t size);
