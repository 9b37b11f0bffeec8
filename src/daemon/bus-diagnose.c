/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Manager.Diagnose() */

#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "doctor.h"

static int append(sd_bus_message *reply, const Diagnosis *diagnoses, size_t n)
{
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssss)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append(reply, "(ssss)", diagnoses[i].check,
                                          diagnosis_result_to_string(diagnoses[i].result),
                                          diagnoses[i].sentence, strempty(diagnoses[i].remedy));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_method_diagnose(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        const Manager *manager = ((const Bus *) userdata)->manager;
        sd_bus_message *reply = NULL;
        Diagnosis *diagnoses = NULL;
        size_t n = 0;
        int r;

        r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        r = doctor_diagnose(manager->host, &manager->config, &diagnoses, &n);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append(reply, diagnoses, n);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        diagnoses_free(diagnoses, n);
        return r < 0 ? r : 1;
}
