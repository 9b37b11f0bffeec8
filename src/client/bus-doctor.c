/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "names.h"

static int append(DiagnosisList *list, sd_bus_message *m)
{
        DiagnosisInfo *larger = reallocarray(list->items, list->n + 1, sizeof(DiagnosisInfo));
        const char *check, *result, *sentence, *remedy;
        DiagnosisInfo *d;
        int r;

        if (!larger)
                return -ENOMEM;
        list->items = larger;
        r = sd_bus_message_read(m, "(ssss)", &check, &result, &sentence, &remedy);
        if (r <= 0)
                return r;
        d = &list->items[list->n++];
        *d = (DiagnosisInfo){ strdup(check), strdup(result), strdup(sentence), strdup(remedy) };
        return d->check && d->result && d->sentence && d->remedy ? 1 : -ENOMEM;
}

static int read_list(sd_bus_message *m, DiagnosisList *list)
{
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(ssss)");
        while (r >= 0 && (r = append(list, m)) > 0)
                ;
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_fetch_diagnoses(Bus *bus, DiagnosisList *ret, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_diagnosis_list_ DiagnosisList list = {};
        int r;

        r = bus_call_method(bus, BUS_PATH, BUS_IFACE_MANAGER, "Diagnose", &reply, f, "a{sv}", 0);
        if (r < 0)
                return r;
        r = read_list(reply, &list);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *ret = list;
        list = (DiagnosisList){};
        return 0;
}
