/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* What kpatchd and kpatchd-stack say to each other over a stream socket; both are of one build on one
 * machine, so structs go as they are in memory. kpatchd sends one StackRequest, and with its first byte the
 * folders in /proc of that many tasks as descriptors: a number could be another task's by the time it is
 * read, a folder cannot. The answer is one StackAnswer for each, in the same order, and the end of the
 * connection. */

#define STACK_VERSION   1U
#define STACK_TASKS_MAX 32U

typedef struct StackRequest {
        uint32_t version;
        uint32_t n_tasks;
} StackRequest;

typedef struct StackAnswer {
        int32_t error; /* a positive errno; 0: there is a text */
        uint32_t size;
        char text[4088]; /* as the kernel has it; what is longer is cut off */
} StackAnswer;
