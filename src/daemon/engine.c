/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine.h"

#include "engine-core.h"

const Engine *const engines[] = { &engine_core, NULL };

int engine_find(const char *name, const Engine **ret, Failure *f)
{
        for (size_t i = 0; engines[i]; i++)
                if (streq(engines[i]->name, name)) {
                        *ret = engines[i];
                        return 0;
                }
        return failure_set(
                        f, FAILURE_ENGINE_UNSUPPORTED,
                        "The patch asks for the engine '%.40s', which this kpatchd does not know; upgrade kpatchd.",
                        name);
}
