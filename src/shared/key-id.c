/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "key.h"

bool key_id_is_valid(const char *id)
{
        size_t n = strlen(id);

        if (n == 0 || n > KEY_ID_MAX)
                return false;
        for (size_t i = 0; i < n; i++)
                if (id[i] < ' ' || id[i] > '~')
                        return false;
        return true;
}
