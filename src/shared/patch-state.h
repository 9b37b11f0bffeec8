/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

/* The states of a patch on a host, as D-Bus, kpatchctl and the history name them. */
typedef enum PatchState {
        PATCH_STATE_AVAILABLE, /* a feed has it */
        PATCH_STATE_STORED,    /* on disk, verified, not in force */
        PATCH_STATE_APPLYING,
        PATCH_STATE_APPLIED, /* in force: the kernel says so */
        PATCH_STATE_REVERTING,
        PATCH_STATE_FAILED,     /* wanted by the present generation, but not in force */
        PATCH_STATE_SUPERSEDED, /* replaced by a newer one that is in force */
        PATCH_STATE_WITHDRAWN,  /* its publisher took it back */
        _PATCH_STATE_MAX,
} PatchState;

const char *patch_state_to_string(PatchState state) _const_;

/* Whether an operation of this project leads from one to the other. A change that none leads to was made by
 * somebody else, such as insmod by hand. */
bool patch_state_may_become(PatchState from, PatchState to) _const_;
