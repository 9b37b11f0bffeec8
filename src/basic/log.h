/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

#include <syslog.h>

/* Log lines go to the journal when stderr is connected to it, else as text to stderr. Levels are syslog's.
 * A message id (32 hexadecimal digits, see log-ids.h) makes a line one that other programs may rely on. */

void log_full(int level, const char *message_id, const char *patch, const char *format, ...) _printf_(4, 5);

#define log_debug(...)   log_full(LOG_DEBUG, NULL, NULL, __VA_ARGS__)
#define log_info(...)    log_full(LOG_INFO, NULL, NULL, __VA_ARGS__)
#define log_notice(...)  log_full(LOG_NOTICE, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, NULL, NULL, __VA_ARGS__)
#define log_error(...)   log_full(LOG_ERR, NULL, NULL, __VA_ARGS__)

/* A line about one patch (its reference, "id=version"), with an id from log-ids.h. */
#define log_patch(level, message_id, patch, ...) log_full(level, message_id, patch, __VA_ARGS__)
