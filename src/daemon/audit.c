/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "audit.h"

#include "cleanup.h"
#include "log.h"

#include <libaudit.h>

void audit_tell(const char *operation, const char *patch, bool success)
{
        _cleanup_close_ int fd = audit_open();
        char text[256];

        /* No such protocol: a kernel without audit. */
        if (fd < 0) {
                if (errno != EINVAL && errno != EPROTONOSUPPORT && errno != EAFNOSUPPORT)
                        log_debug("Cannot talk to audit: %s", strerror(errno));
                return;
        }
        /* The characters of a reference need no escaping. */
        (void) snprintf(text, sizeof(text),
                        "op=%s sw=\"%s\" sw_type=livepatch key_enforce=1 gpg_res=1 root_dir=\"/\"",
                        operation, patch);
        if (audit_log_user_message(fd, AUDIT_SOFTWARE_UPDATE, text, NULL, NULL, NULL, success) <= 0)
                log_debug("Cannot tell audit of it: %s", strerror(errno));
}
