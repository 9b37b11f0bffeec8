/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* Why only a boot helps this host. */
typedef struct RebootAdvice {
        char *kind;   /* as the feed has it: withdrawn, unpatchable, superseded; or withdrawn-patch */
        char *reason; /* a sentence */
} RebootAdvice;

typedef struct RebootAdviceList {
        RebootAdvice *items;
        size_t n;
} RebootAdviceList;

struct Manager;

/* Makes the list anew of what feeds say of the kernel and what the kernel shows of patches, and tells when
 * it has become another. Without memory the old one stays. */
void manager_refresh_reboot(struct Manager *m);

void reboot_advice_list_clear(RebootAdviceList *list);
