/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "names.h"
#include "patch-ref.h"
#include "util.h"

#include <stdint.h>

/* What kpatchd and kpatchd-health say to each other over a stream socket; both are of one build on one
 * machine, so structs go as they are in memory. kpatchd-health begins with HEALTH_READY. kpatchd sends one
 * HealthRequest, or hangs up. The answer is how the command ended; who hangs up before has it killed. They
 * go by fetch_send() and fetch_receive(). */

#define HEALTH_VERSION     1U
#define HEALTH_COMMAND_MAX 2048U
#define HEALTH_WORDS_MAX   32U
#define HEALTH_NAME_MAX    128U

typedef struct HealthRequest {
        uint32_t version;
        uint32_t n_words;
        char command[HEALTH_COMMAND_MAX]; /* program and arguments, each ended by NUL */
        char patch[HEALTH_NAME_MAX];
        char feed[HEALTH_NAME_MAX];
} HealthRequest;

typedef enum HealthResult {
        HEALTH_READY,
        HEALTH_EXITED,      /* value: the exit status */
        HEALTH_KILLED,      /* value: the signal */
        HEALTH_NOT_STARTED, /* value: a positive errno */
        _HEALTH_RESULT_MAX,
} HealthResult;

typedef struct HealthAnswer {
        uint32_t result;
        int32_t value;
} HealthAnswer;

/* Errors: -E2BIG where there are too many words, or they are too long; -EINVAL where there is none. */
int health_request_fill(HealthRequest *request, char *const *words, const char *patch, const char *feed);

/* Points into request; ends with NULL. Errors: -EPROTO. */
int health_request_words(HealthRequest *request, char *ret[HEALTH_WORDS_MAX + 1]);
