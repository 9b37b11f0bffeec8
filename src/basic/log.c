/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The code's own place is of no use to an operator who reads the journal. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "log.h"

#include "cleanup.h"
#include "text.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

/* $JOURNAL_STREAM names device and inode of the journal's socket; anything else means that a person or a
 * test redirected stderr and wants the text there. */
static bool stderr_is_journal(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long dev, ino;
        struct stat st;

        return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
               st.st_dev == dev && st.st_ino == ino;
}

void log_full(int level, const char *message_id, const char *patch, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;

        if (level == LOG_DEBUG && !getenv("KPATCHD_DEBUG"))
                return;

        va_start(ap, format);
        text = text_formatv(format, ap);
        va_end(ap);
        if (!text)
                return;
        if (!stderr_is_journal()) {
                fprintf(stderr, "%s\n", text);
                return;
        }
        /* An argument list ends at the first NULL, so the optional fields stand last. */
        if (message_id)
                (void) sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", level, "MESSAGE_ID=%s", message_id,
                                       patch ? "KPATCHD_PATCH=%s" : NULL, patch, NULL);
        else
                (void) sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", level,
                                       patch ? "KPATCHD_PATCH=%s" : NULL, patch, NULL);
}
