/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "json.h"
#include "terminal.h"

/* What became at this boot of the patches that it was to bring back, by the history. */
typedef struct BootInfo {
        char **back;      /* strv of references */
        EventList failed; /* of each patch the last try */
} BootInfo;

/* The list's latest events stand first. Returns 0 or -ENOMEM. */
int boot_info_make(const EventList *history, BootInfo *ret);
void boot_info_clear(BootInfo *boot);

/* boot NULL: it could not be learnt. Nothing is printed where there is nothing to say. Returns 0 or -ENOMEM.
 */
int boot_view_print(const ManagerInfo *m, const BootInfo *boot, const Terminal *out);
int boot_view_reply(const BootInfo *boot, json_object *reply, Failure *f);
