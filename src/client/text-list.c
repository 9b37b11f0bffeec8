/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "text-list.h"

#include "cleanup.h"

#include <string.h>

char *text_list_join(char *const *texts)
{
        char *text = strdup("");

        for (char *const *p = texts; text && p && *p; p++) {
                char *longer;

                if (asprintf(&longer, "%s%s%s", text, text[0] ? ", " : "", *p) < 0)
                        longer = NULL;
                free(text);
                text = longer;
        }
        return text;
}
