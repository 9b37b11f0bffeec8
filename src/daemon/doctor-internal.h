/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "doctor.h"

/* Fills in what a check found; remedy may be NULL. Returns 0 or -ENOMEM. */
int diagnosis_set(Diagnosis *d, DiagnosisResult result, const char *remedy, const char *format, ...)
                _printf_(4, 5);

typedef struct DoctorCheck {
        const char *name;
        int (*run)(const Host *host, const Config *config, Diagnosis *d);
} DoctorCheck;

/* doctor-kernel.c, doctor-host.c and doctor-boot.c; each ends with an empty row. */
extern const DoctorCheck doctor_kernel_checks[], doctor_host_checks[], doctor_boot_checks[];
