/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "model.h"

#include <json-c/json_object.h>
#include <stdio.h>

/* What a monitoring system is told, as Prometheus has it: numbers with labels. One table says which there
 * are; kpatchd(8) lists them. All are gauges. */

typedef struct MetricInfo MetricInfo;

#define METRIC_LABELS_MAX 3

typedef struct MetricSample {
        const MetricInfo *metric;
        const char *labels[METRIC_LABELS_MAX]
                          [2]; /* name and value, up to the first without name; borrowed */
        double value;
} MetricSample;

typedef struct MetricList {
        MetricSample *items; /* those of one metric behind each other */
        size_t n;
} MetricList;

/* What is known; manager and objects are NULL where kpatchd could not be asked, which is a sample, too. */
typedef struct MetricSource {
        const ManagerInfo *manager;
        const ObjectsInfo *objects;
        uint64_t now; /* seconds since 1970 */
} MetricSource;

/* *ret borrows from source. Returns 0 or -ENOMEM. */
int metrics_collect(const MetricSource *source, MetricList *ret);
void metrics_clear(MetricList *list);

/* In the text format of Prometheus, without timestamps. */
void metrics_print(const MetricList *list, FILE *out);

/* The member "metrics" of a reply. Returns 0 or -ENOMEM. */
int metrics_add_json(const MetricList *list, json_object *reply);
