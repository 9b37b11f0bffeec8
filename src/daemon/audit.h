/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"

#include <stdbool.h>

typedef struct AuditEvent {
        const char *operation;
        const char *patch; /* NULL: it was refused before anybody knew */
        bool verified; /* the operation found a good signature of a publisher; a rollback does without one */
        bool success;
} AuditEvent;

/* Tells the kernel's audit that software was changed, or was to be (AUDIT_SOFTWARE_UPDATE), and whether this
 * host believes anything without a signature. Where audit is off, or not built in, the kernel drops it, and
 * that is fine. */
void audit_tell(const Host *host, const AuditEvent *e);
