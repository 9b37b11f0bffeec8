/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "file.h"
#include "metrics.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

/* A power cut may spoil the file: the next run, minutes later, writes a new one. */
static int write_file(const char *path, const MetricList *list, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        int r;

        if (!out)
                return failure_set_errno(f, -errno, "Cannot write %s", path);
        metrics_print(list, out);
        if (fclose(out) != 0)
                return failure_set_errno(f, -errno, "Cannot write %s", path);
        /* Another user's program reads it, whatever is usual where this is run. */
        umask(S_IWGRP | S_IWOTH);
        r = file_write_unsynced(AT_FDCWD, path, text, size, 0644);
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s", path) : 0;
}

static int put(const Client *c, const MetricSource *source, Failure *f)
{
        __attribute__((cleanup(metrics_clear))) MetricList list = {};
        int r;

        r = metrics_collect(source, &list);
        if (r >= 0 && c->reply)
                r = metrics_add_json(&list, c->reply);
        if (r < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        if (c->options.output)
                return write_file(c->options.output, &list, f);
        if (!c->reply && !c->options.quiet)
                metrics_print(&list, c->out.file);
        return 0;
}

/* What cannot be learned is said in the metrics, so that nobody takes old ones for the present, and then by
 * the exit status. */
int verb_metrics(const Client *c, Failure *f)
{
        MetricSource source = { .now = (uint64_t) time(NULL) };
        _cleanup_manager_info_ ManagerInfo manager = {};
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        _cleanup_failure_ Failure why = {};
        int unknown, r;

        unknown = bus_open_within(STATUS_LIMIT, STATUS_START_LIMIT, &bus, &why);
        if (unknown >= 0)
                unknown = bus_fetch_manager(bus, &manager, &why);
        if (unknown >= 0)
                unknown = bus_fetch_objects(bus, &objects, &why);
        if (unknown >= 0) {
                source.manager = &manager;
                source.objects = &objects;
        }
        r = put(c, &source, f);
        if (r < 0 || unknown >= 0)
                return r;
        return failure_set(f, why.kind, "%s", failure_sentence(&why));
}
