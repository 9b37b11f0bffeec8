/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "doctor-internal.h"
#include "text.h"

#include <stdarg.h>

const char *diagnosis_result_to_string(DiagnosisResult result)
{
        static const char *const words[_DIAGNOSIS_RESULT_MAX] = {
                [DIAGNOSIS_OK] = "ok",
                [DIAGNOSIS_WARNING] = "warning",
                [DIAGNOSIS_ERROR] = "error",
        };

        return result < _DIAGNOSIS_RESULT_MAX ? words[result] : "unknown";
}

int diagnosis_set(Diagnosis *d, DiagnosisResult result, const char *remedy, const char *format, ...)
{
        _cleanup_free_ char *sentence = NULL, *remedy_copy = NULL;
        va_list ap;

        va_start(ap, format);
        sentence = text_formatv(format, ap);
        va_end(ap);
        if (remedy)
                remedy_copy = strdup(remedy);
        if (!sentence || (remedy && !remedy_copy))
                return -ENOMEM;
        /* Some of it was read from files. */
        text_sanitize(sentence);
        d->result = result;
        d->sentence = TAKE_PTR(sentence);
        d->remedy = TAKE_PTR(remedy_copy);
        return 0;
}

static size_t count(const DoctorCheck *checks)
{
        size_t n = 0;

        while (checks[n].name)
                n++;
        return n;
}

int doctor_diagnose(const Host *host, const Config *config, Diagnosis **ret, size_t *ret_n)
{
        const DoctorCheck *const tables[] = { doctor_kernel_checks, doctor_host_checks, doctor_boot_checks };
        size_t n = 0, n_checks = 0;
        Diagnosis *all;

        FOREACH_ARRAY (table, tables, ELEMENTSOF(tables))
                n_checks += count(*table);
        all = calloc(n_checks, sizeof(Diagnosis));
        if (!all)
                return -ENOMEM;
        for (size_t t = 0; t < ELEMENTSOF(tables); t++)
                for (const DoctorCheck *check = tables[t]; check->name; check++, n++) {
                        int r;

                        all[n].check = check->name;
                        r = check->run(host, config, &all[n]);
                        if (r < 0) {
                                diagnoses_free(all, n);
                                return r;
                        }
                }
        *ret = all;
        *ret_n = n;
        return 0;
}

void diagnoses_free(Diagnosis *diagnoses, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(diagnoses[i].sentence);
                free(diagnoses[i].remedy);
        }
        free(diagnoses);
}
