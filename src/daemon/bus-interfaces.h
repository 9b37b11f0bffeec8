/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* The interfaces, as dbus/org.kpatchd1.xml describes them. Each adds its vtable to the bus. */
int bus_manager_add(Bus *b);
/* Manager.ListGenerations(), RollbackTo(), RollbackPrevious(). */
int bus_method_list_generations(sd_bus_message *m, void *userdata, sd_bus_error *e);
int bus_method_rollback_to(sd_bus_message *m, void *userdata, sd_bus_error *e);
int bus_method_rollback_previous(sd_bus_message *m, void *userdata, sd_bus_error *e);
/* Manager.CheckCve() and ListCves(). */
int bus_method_list_cves(sd_bus_message *m, void *userdata, sd_bus_error *e);
int bus_method_check_cve(sd_bus_message *m, void *userdata, sd_bus_error *e);
/* Manager.Diagnose(). */
int bus_method_diagnose(sd_bus_message *m, void *userdata, sd_bus_error *e);
int bus_patch_add(Bus *b);
/* Patch.Force(): of the patch at the call's path. */
int bus_method_force(sd_bus_message *m, void *userdata, sd_bus_error *e);
/* Patch.GetStacks(), see bus-stack.c: of the patch at the call's path. */
int bus_method_get_stacks(sd_bus_message *m, void *userdata, sd_bus_error *e);
/* Ends those that have no answer yet. */
void bus_stacks_drop_all(Bus *b);
int bus_job_add(Bus *b);
int bus_feed_add(Bus *b);
int bus_feed_emit_added(Bus *b, const char *name);
int bus_feed_emit_removed(Bus *b, const char *name);
int bus_feed_emit_changed(Bus *b, const char *name);
