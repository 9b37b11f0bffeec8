/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "host.h"

/* What this host can do and what hinders it. Reads only, and quickly: for the main thread. */

typedef enum DiagnosisResult {
        DIAGNOSIS_OK,
        DIAGNOSIS_WARNING, /* patches can be applied, but not all is as it should be */
        DIAGNOSIS_ERROR,   /* patches cannot be applied */
        _DIAGNOSIS_RESULT_MAX,
} DiagnosisResult;

typedef struct Diagnosis {
        const char *check; /* a word, static */
        DiagnosisResult result;
        char *sentence;
        char *remedy; /* what to do about it; NULL where nothing is to be done */
} Diagnosis;

/* All checks, in their order. */
int doctor_diagnose(const Host *host, const Config *config, Diagnosis **ret, size_t *ret_n);

/* "ok", "warning" or "error". */
const char *diagnosis_result_to_string(DiagnosisResult result) _const_;

void diagnoses_free(Diagnosis *diagnoses, size_t n);
