/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "fetch-message.h"

/* One file over HTTP, HTTPS or from a disk, passed on as it comes. */

typedef struct Transfer Transfer;

/* What is kept between requests: connections to servers. Errors: -ENOMEM. */
int transfer_new(int fd, Transfer **ret);

/* Fetches, and sends the frames of the answer. Errors are those of the socket to kpatchd only. */
int transfer_run(Transfer *t, const FetchRequest *request);

Transfer *transfer_free(Transfer *t);
