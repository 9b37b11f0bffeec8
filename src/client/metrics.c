/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "metrics.h"

#include "cleanup.h"
#include "metrics-table.h"

void metrics_clear(MetricList *list)
{
        free(list->items);
        *list = (MetricList){};
}

int metrics_collect(const MetricSource *source, MetricList *ret)
{
        MetricCollector c = { .source = source };

        FOREACH_ARRAY (metric, metrics_table, metrics_table_size) {
                /* Nothing is better than what would look like a zero. */
                if (metric->needs_daemon && (!source->manager || !source->objects))
                        continue;
                c.metric = metric;
                metric->collect(&c);
        }
        if (c.out_of_memory) {
                metrics_clear(&c.list);
                return -ENOMEM;
        }
        *ret = c.list;
        return 0;
}

/* As the format wants them; control characters other than the end of a line may stand in a value. */
static void print_escaped(const char *text, FILE *out)
{
        for (; *text; text++)
                switch (*text) {
                case '\n':
                        fputs("\\n", out);
                        break;
                case '\\':
                case '"':
                        fputc('\\', out);
                        /* fall through */
                default:
                        fputc(*text, out);
                }
}

static void print_labels(const MetricSample *sample, FILE *out)
{
        for (size_t i = 0; i < METRIC_LABELS_MAX && sample->labels[i][0]; i++) {
                fprintf(out, "%c%s=\"", i == 0 ? '{' : ',', sample->labels[i][0]);
                print_escaped(sample->labels[i][1], out);
                fputc('"', out);
        }
        if (sample->labels[0][0])
                fputc('}', out);
}

void metrics_print(const MetricList *list, FILE *out)
{
        const MetricInfo *before = NULL;

        FOREACH_ARRAY (sample, list->items, list->n) {
                const MetricInfo *metric = sample->metric;

                if (metric != before)
                        fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", metric->name, metric->help,
                                metric->name);
                before = metric;
                fputs(metric->name, out);
                print_labels(sample, out);
                fprintf(out, " %.15g\n", sample->value);
        }
}

/* Takes value over, NULL where making it failed. */
static int add(json_object *object, const char *key, json_object *value)
{
        if (value && json_object_object_add(object, key, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

static int add_sample(json_object *object, const MetricSample *sample)
{
        json_object *labels = json_object_new_object();
        int r;

        r = add(object, "name", json_object_new_string(sample->metric->name));
        if (add(object, "labels", labels) < 0)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < METRIC_LABELS_MAX && sample->labels[i][0]; i++)
                r = add(labels, sample->labels[i][0], json_object_new_string(sample->labels[i][1]));
        return r < 0 ? r : add(object, "value", json_object_new_double(sample->value));
}

int metrics_add_json(const MetricList *list, json_object *reply)
{
        json_object *array = json_object_new_array();

        if (add(reply, "metrics", array) < 0)
                return -ENOMEM;
        FOREACH_ARRAY (sample, list->items, list->n) {
                json_object *object = json_object_new_object();

                if (!object || json_object_array_add(array, object) < 0) {
                        json_object_put(object);
                        return -ENOMEM;
                }
                if (add_sample(object, sample) < 0)
                        return -ENOMEM;
        }
        return 0;
}
