/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The level that the running kernel has come to by what is in force. */
typedef struct EffectiveLevel {
        char *level; /* a version of the distribution's kernel package; NULL: no patch says one */
        char *ref;   /* of the patch that says so */
        char *root;  /* the trust root that vouches for that patch */
} EffectiveLevel;

struct Manager;

/* Finds it anew, of what the kernel shows, and tells when it has become another. Without memory the old one
 * stays. */
void manager_refresh_level(struct Manager *m);

void effective_level_clear(EffectiveLevel *level);
