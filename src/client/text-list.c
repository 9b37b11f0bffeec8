/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "text-list.h"

#include "cleanup.h"
#include "text.h"

#include <string.h>

char *text_list_join(char *const *texts)
{
        char *text = strdup("");

        for (char *const *p = texts; text && p && *p; p++) {
                char *longer;

                longer = text_format("%s%s%s", text, text[0] ? ", " : "", *p);
                free(text);
                text = longer;
        }
        return text;
}
