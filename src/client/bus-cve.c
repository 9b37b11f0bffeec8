/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "names.h"

static int append_patch(CveInfo *cve, const char *reference, const char *state, const char *path)
{
        CvePatch *patches = reallocarray(cve->patches, cve->n_patches + 1, sizeof(*patches)), *patch;

        if (!patches)
                return -ENOMEM;
        cve->patches = patches;
        patch = &patches[cve->n_patches++];
        *patch = (CvePatch){ .reference = strdup(reference), .state = strdup(state) };
        if (!patch->reference || !patch->state)
                return -ENOMEM;
        return sd_bus_path_decode(path, BUS_PATH_FEED, &patch->feed);
}

static int read_answer(sd_bus_message *m, CveInfo *cve)
{
        const char *state, *reference, *patch_state, *path;
        int r;

        r = sd_bus_message_read(m, "s", &state);
        if (r < 0)
                return r;
        cve->state = strdup(state);
        if (!cve->state)
                return -ENOMEM;
        r = sd_bus_message_enter_container(m, 'a', "(sso)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(sso)", &reference, &patch_state, &path)) > 0)
                r = append_patch(cve, reference, patch_state, path);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_check_cve(Bus *bus, const char *id, CveInfo *ret, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_cve_info_ CveInfo cve = {};
        int r;

        r = bus_call_method(bus, BUS_PATH, BUS_IFACE_MANAGER, "CheckCve", &reply, f, "sa{sv}", id, 0);
        if (r < 0)
                return r;
        r = read_answer(reply, &cve);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *ret = cve;
        cve = (CveInfo){};
        return 0;
}

int bus_list_cves(Bus *bus, char ***ret, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        int r;

        r = bus_call_method(bus, BUS_PATH, BUS_IFACE_MANAGER, "ListCves", &reply, f, "a{sv}", 0);
        if (r < 0)
                return r;
        r = sd_bus_message_read_strv(reply, ret);
        return r < 0 ? bus_failure_from_errno(bus, r, f) : 0;
}
