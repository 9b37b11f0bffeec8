/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"

/* The kernel's uevents, as they come: no udev is needed for them. */

#define UEVENT_SIZE_MAX 8192

/* A socket that gets them, non-blocking. */
int uevent_open(const Host *host);

/* Reads one. Returns 1 when it is about a kernel module or a patch, 0 when it is about something else or not
 * the kernel's; -EAGAIN when there is none. -ENOBUFS: some were lost. */
int uevent_read(const Host *host, int fd);
