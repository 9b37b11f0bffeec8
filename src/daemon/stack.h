/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine.h"
#include "host.h"
#include "stack-message.h"

/* Kernel stacks of tasks, which kpatchd-stack reads: the kernel gives them to nobody with the daemon's few
 * rights. It is believed in nothing but what the text says. */

/* Asks for those of the first STACK_TASKS_MAX stragglers that are still there. *ret_pids has *ret_n of them,
 * in the order in which the answers, a StackAnswer each, come from *ret_fd; that does not block. With
 * *ret_n 0 there is no answer to come and *ret_fd is negative. Errors: FAILURE_STACK_UNAVAILABLE. */
int stack_ask(const Host *host, const Straggler *stragglers, size_t n, uint32_t ret_pids[STACK_TASKS_MAX],
              size_t *ret_n, int *ret_fd, Failure *f);

/* The failure where no answer came; error is a negative errno. */
int stack_refuse(const Host *host, int error, Failure *f);

/* The frames of a stack, such as "do_nanosleep+0x5a/0xe0", from the innermost; freed by strv_free().
 * Whatever the answer holds, they are printable. An empty one (NULL) where the kernel did not give it. */
int stack_frames(const StackAnswer *answer, char ***ret);
