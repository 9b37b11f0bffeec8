/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "audit.h"

#include "cleanup.h"
#include "config-file.h"
#include "log.h"
#include "strv.h"

#include <libaudit.h>

static bool is_enforced(const Host *host)
{
        _cleanup_strv_free_ char **unsigned_from = NULL;

        return config_read_unsigned_from(host->conf_dir, &unsigned_from) >= 0 && !unsigned_from;
}

void audit_tell(const Host *host, const AuditEvent *e)
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
                        "op=%s sw=\"%s\" sw_type=livepatch key_enforce=%d gpg_res=%d root_dir=\"/\"",
                        e->operation, e->patch ? e->patch : "?", is_enforced(host), e->verified);
        if (audit_log_user_message(fd, AUDIT_SOFTWARE_UPDATE, text, NULL, NULL, NULL, e->success) <= 0)
                log_debug("Cannot tell audit of it: %s", strerror(errno));
}
