/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "model.h"
#include "monitor.h"

#include <json-c/json_object.h>
#include <stdio.h>

/* The JSON that kpatchctl answers with; kpatchctl(1) documents it. Members are only ever added within one
 * format. Functions return 0 or -ENOMEM with FAILURE_NO_MEMORY set. */

#define JSON_FORMAT 1

json_object *json_reply_new(void);

int json_add_manager(json_object *reply, const ManagerInfo *m, uint64_t now, Failure *f);

/* The list "reboot_advised", which json_add_manager() adds, too. */
int json_add_reboot(json_object *reply, const RebootList *list, Failure *f);

/* What json_add_manager() says of the kernel: the member "kernel", and "level". */
int json_add_kernel(json_object *reply, const ManagerInfo *m, Failure *f);

int json_add_quarantine(json_object *reply, const QuarantineList *list, Failure *f);

/* o NULL: they are not known, which is null. */
int json_add_patches(json_object *reply, const ObjectsInfo *o, Failure *f);
/* The list "in_force", of references. */
int json_add_in_force(json_object *reply, const ObjectsInfo *o, Failure *f);
int json_add_feeds(json_object *reply, const ObjectsInfo *o, Failure *f);
/* Appends to the list "feeds". */
int json_append_feed(json_object *reply, const ObjectsInfo *o, const FeedInfo *feed, Failure *f);
int json_add_jobs(json_object *reply, const ObjectsInfo *o, Failure *f);

int json_add_diagnoses(json_object *reply, const DiagnosisList *list, Failure *f);

int json_add_generations(json_object *reply, const GenerationList *list, Failure *f);

/* The list "history", and one more of its events. */
int json_begin_history(json_object *reply, Failure *f);
int json_append_event(json_object *reply, const EventInfo *e, Failure *f);

/* The list "cves", and one more of its answers. */
int json_begin_cves(json_object *reply, Failure *f);
int json_append_cve(json_object *reply, const char *id, const CveInfo *cve, Failure *f);

/* Appends to the list "patches". */
int json_append_patch(json_object *reply, const PatchInfo *p, Failure *f);

/* Appends to the list "advice". */
int json_append_advice(json_object *reply, const char *sentence, Failure *f);

/* The object "event", which a reply of monitor has. */
int json_add_monitor_event(json_object *reply, const MonitorEvent *e, uint64_t time_us, Failure *f);

/* Appends to the list "notes". */
int json_append_note(json_object *reply, const char *sentence, Failure *f);

/* Appends to the list "results". result NULL: the job goes on. */
int json_append_result(json_object *reply, const char *kind, const char *patch, const char *result,
                       const char *message, Failure *f);

int json_add_error(json_object *reply, const Failure *failure);

/* On several lines where a person reads it, else on one. All characters that a terminal could act upon are
 * escaped. Returns 0 or -ENOMEM. */
int json_write(FILE *out, json_object *reply, bool is_tty);
