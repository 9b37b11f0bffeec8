/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "metrics.h"

/* Which metrics there are, and what each is made of. */

typedef struct MetricCollector {
        const MetricSource *source;
        const MetricInfo *metric; /* the one that is collected */
        MetricList list;
        bool out_of_memory;
} MetricCollector;

struct MetricInfo {
        const char *name;
        const char *help;
        bool needs_daemon;
        void (*collect)(MetricCollector *c);
};

extern const MetricInfo metrics_table[];
extern const size_t metrics_table_size;
