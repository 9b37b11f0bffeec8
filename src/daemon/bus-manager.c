/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Manager */

#include "bus-change.h"
#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "config.h"
#include "history.h"
#include "names.h"
#include "store.h"
#include "strv.h"

/* Events of one call. */
#define HISTORY_REPLY_MAX 1000U

static int method_import(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        int manifest_fd, module_fd, r;

        r = sd_bus_message_read(m, "hh", &manifest_fd, &module_fd);
        if (r < 0)
                return r;
        return bus_change(userdata, m,
                          &(OperationRequest){ .kind = &operation_import,
                                               .manifest_fd = manifest_fd,
                                               .module_fd = module_fd },
                          e);
}

/* Root's alone, whatever polkit says: who may have anything believed may load any module. */
static int method_import_unsigned(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        _cleanup_failure_ Failure f = {};
        const char *path;
        Requester by;
        int r;

        r = sd_bus_message_read(m, "s", &path);
        if (r < 0)
                return r;
        bus_read_requester(m, &by);
        if (by.uid != geteuid()) {
                (void) failure_set(&f, FAILURE_NOT_AUTHORIZED,
                                   "Only root may have modules imported that nobody has signed.");
                return bus_error_from_failure(e, &f);
        }
        return bus_change(userdata, m,
                          &(OperationRequest){ .kind = &operation_import_unsigned,
                                               .path = path,
                                               .manifest_fd = -EBADF,
                                               .module_fd = -EBADF },
                          e);
}

/* Of one feed, or where its name is empty of all. */
static int method_refresh(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        const char *feed;
        int r;

        r = sd_bus_message_read(m, "s", &feed);
        if (r < 0)
                return r;
        return bus_change(userdata, m,
                          &(OperationRequest){ .kind = &operation_refresh,
                                               .ref = feed[0] ? feed : NULL,
                                               .manifest_fd = -EBADF,
                                               .module_fd = -EBADF },
                          e);
}

static int method_apply(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_named(userdata, m, &operation_apply, e);
}

static int method_rollback(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_named(userdata, m, &operation_rollback, e);
}

static int method_install(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_named(userdata, m, &operation_install, e);
}

static bool is_wanted(const Manager *m, const char *ref)
{
        return generation_find(m->generation, ref) != NULL;
}

static int method_uninstall(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_marked(userdata, m, &operation_uninstall, is_wanted, e);
}

static int method_hold(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_named(userdata, m, &operation_hold, e);
}

static bool is_quarantined(const Manager *m, const char *ref)
{
        return manager_quarantined(m, ref) != NULL;
}

static bool is_held(const Manager *m, const char *ref)
{
        return strv_contains(m->holds, ref);
}

static bool is_stored(const Manager *m, const char *ref)
{
        return store_contains(m->host->state_dir, ref);
}

static int method_clear_quarantine(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_marked(userdata, m, &operation_clear_quarantine, is_quarantined, e);
}

static int method_unhold(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_marked(userdata, m, &operation_unhold, is_held, e);
}

static int method_remove(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_marked(userdata, m, &operation_remove, is_stored, e);
}

static int method_verify(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return bus_change_marked(userdata, m, &operation_verify, is_stored, e);
}

static int append_patch(sd_bus_message *reply, const Manager *manager, const Patch *p)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_patch_path(p, &path);
        if (r < 0)
                return r;
        return sd_bus_message_append(reply, "(sssso)", p->id, p->version,
                                     patch_state_to_string(manager_patch_state(manager, p)), patch_title(p),
                                     path);
}

static int method_list_patches(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        sd_bus_message *reply = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        r = manager_refresh_kernel(b->manager, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sssso)");
        for (size_t i = 0; r >= 0 && i < b->manager->n_patches; i++)
                r = append_patch(reply, b->manager, b->manager->patches[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r < 0 ? r : 1;
}

typedef struct HistoryReply {
        sd_bus_message *message;
        uint32_t left;
        int error;
} HistoryReply;

static int append_event(const HistoryEvent *e, void *userdata)
{
        HistoryReply *reply = userdata;

        if (reply->left == 0)
                return 0;
        reply->left--;
        reply->error = sd_bus_message_append(reply->message, "(tssssustt)", e->time, e->kind, e->patch,
                                             e->result, e->message, (uint32_t) e->uid, e->comm, e->duration,
                                             e->generation);
        return reply->error < 0 ? 0 : 1;
}

static int method_get_history(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        HistoryReply reply = {};
        int r;

        r = sd_bus_message_read(m, "u", &reply.left);
        if (r >= 0)
                r = bus_refuse_options(m, e);
        if (r >= 0)
                r = sd_bus_message_new_method_return(m, &message);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "(tssssustt)");
        if (r < 0)
                return r;
        reply.message = message;
        if (reply.left == 0 || reply.left > HISTORY_REPLY_MAX)
                reply.left = HISTORY_REPLY_MAX;
        r = history_visit(b->manager->host->state_dir, append_event, &reply);
        if (r >= 0)
                r = reply.error;
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        if (r >= 0)
                r = sd_bus_send(NULL, message, NULL);
        return r < 0 ? r : 1;
}

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        return sd_bus_message_append(reply, "s", KPATCHD_VERSION);
}

static int get_kernel_release(sd_bus *bus, const char *path, const char *interface, const char *property,
                              sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;

        return sd_bus_message_append(reply, "s", b->manager->host->kernel->release);
}

static int get_kernel_build_id(sd_bus *bus, const char *path, const char *interface, const char *property,
                               sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;

        return sd_bus_message_append(reply, "s", b->manager->host->kernel->build_id_text);
}

static int get_engines(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sbs)");
        for (size_t i = 0; r >= 0 && engines[i]; i++) {
                _cleanup_free_ char *sentence = NULL;
                int available = engines[i]->probe(b->manager->host, &sentence);

                if (available < 0)
                        return available;
                r = sd_bus_message_append(reply, "(sbs)", engines[i]->name, available, sentence);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_generation(sd_bus *bus, const char *path, const char *interface, const char *property,
                          sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;

        return sd_bus_message_append(reply, "t", b->manager->generation->number);
}

static int get_trust_roots(sd_bus *bus, const char *path, const char *interface, const char *property,
                           sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        _cleanup_failure_ Failure f = {};
        int r;

        r = manager_refresh_roots(b->manager, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        r = sd_bus_message_open_container(reply, 'a', "(st)");
        for (size_t i = 0; r >= 0 && i < b->manager->n_roots; i++)
                r = sd_bus_message_append(reply, "(st)", b->manager->roots[i]->name,
                                          (uint64_t) b->manager->roots[i]->expires);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_unsigned_from(sd_bus *bus, const char *path, const char *interface, const char *property,
                             sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        const Bus *b = userdata;
        _cleanup_strv_free_ char **folders = NULL;
        int r;

        r = config_read_unsigned_from(b->manager->host->conf_dir, &folders);
        return r < 0 ? r : sd_bus_message_append_strv(reply, folders);
}

static int get_apply_disabled(sd_bus *bus, const char *path, const char *interface, const char *property,
                              sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;

        _cleanup_failure_ Failure f = {};

        if (manager_refresh_guard(b->manager, &f) < 0)
                return bus_error_from_failure(e, &f);
        return sd_bus_message_append(reply, "b", b->manager->kept_out != NULL);
}

static int get_apply_disabled_reason(sd_bus *bus, const char *path, const char *interface,
                                     const char *property, sd_bus_message *reply, void *userdata,
                                     sd_bus_error *e)
{
        Bus *b = userdata;
        _cleanup_failure_ Failure f = {};

        if (manager_refresh_guard(b->manager, &f) < 0)
                return bus_error_from_failure(e, &f);
        return sd_bus_message_append(reply, "s", strempty(b->manager->kept_out));
}

static int get_quarantine(sd_bus *bus, const char *path, const char *interface, const char *property,
                          sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        _cleanup_failure_ Failure f = {};
        int r;

        if (manager_refresh_guard(b->manager, &f) < 0)
                return bus_error_from_failure(e, &f);
        r = sd_bus_message_open_container(reply, 'a', "(sss)");
        for (size_t i = 0; r >= 0 && i < b->manager->n_quarantine; i++) {
                const Quarantine *q = &b->manager->quarantine[i];

                r = sd_bus_message_append(reply, "(sss)", q->ref, q->why, q->since);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_effective_level(sd_bus *bus, const char *path, const char *interface, const char *property,
                               sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Manager *m = ((const Bus *) userdata)->manager;
        _cleanup_failure_ Failure f = {};

        if (manager_refresh_kernel(m, &f) < 0)
                return bus_error_from_failure(e, &f);
        return sd_bus_message_append(reply, "(sss)", strempty(m->level.level), strempty(m->level.ref),
                                     strempty(m->level.root));
}

static int get_reboot_advised(sd_bus *bus, const char *path, const char *interface, const char *property,
                              sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        const RebootAdviceList *list = &((const Bus *) userdata)->manager->reboot;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ss)");
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = sd_bus_message_append(reply, "(ss)", list->items[i].kind, list->items[i].reason);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_jobs(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "o");
        for (size_t i = 0; r >= 0 && i < b->manager->n_jobs; i++) {
                _cleanup_free_ char *job = NULL;

                r = bus_job_path(b->manager->jobs[i], &job);
                if (r >= 0)
                        r = sd_bus_message_append(reply, "o", job);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define EMITS SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define OPEN  SD_BUS_VTABLE_UNPRIVILEGED /* polkit decides */

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Import",
                                SD_BUS_ARGS("h", manifest, "h", module, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_import, OPEN),
        SD_BUS_METHOD_WITH_ARGS("ImportUnsigned",
                                SD_BUS_ARGS("s", path, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_import_unsigned, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Apply",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_apply, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Rollback",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_rollback, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Install",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_install, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Uninstall",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_uninstall, OPEN),
        SD_BUS_METHOD_WITH_ARGS("RollbackTo",
                                SD_BUS_ARGS("t", generation, "a{sv}", options),
                                SD_BUS_RESULT("o", job), bus_method_rollback_to, OPEN),
        SD_BUS_METHOD_WITH_ARGS("RollbackPrevious",
                                SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("o", job), bus_method_rollback_previous, OPEN),
        SD_BUS_METHOD_WITH_ARGS("ClearQuarantine",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_clear_quarantine, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Hold",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_hold, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Unhold",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_unhold, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Refresh",
                                SD_BUS_ARGS("s", feed, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_refresh, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Remove",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_remove, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Verify",
                                SD_BUS_ARGS("s", patch, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_verify, OPEN),
        SD_BUS_METHOD_WITH_ARGS("GetHistory",
                                SD_BUS_ARGS("u", limit, "a{sv}", options),
                                SD_BUS_RESULT("a(tssssustt)", events), method_get_history, OPEN),
        SD_BUS_METHOD_WITH_ARGS("ListGenerations",
                                SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("a(ttssas)", generations), bus_method_list_generations, OPEN),
        SD_BUS_METHOD_WITH_ARGS("ListPatches",
                                SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("a(sssso)", patches), method_list_patches, OPEN),
        SD_BUS_METHOD_WITH_ARGS("CheckCve",
                                SD_BUS_ARGS("s", cve, "a{sv}", options),
                                SD_BUS_RESULT("s", state, "a(sso)", patches), bus_method_check_cve, OPEN),
        SD_BUS_METHOD_WITH_ARGS("ListCves",
                                SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("as", cves), bus_method_list_cves, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Diagnose",
                                SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("a(ssss)", diagnoses), bus_method_diagnose, OPEN),
        SD_BUS_SIGNAL_WITH_ARGS("JobNew", SD_BUS_ARGS("o", job), 0),
        SD_BUS_SIGNAL_WITH_ARGS("JobRemoved", SD_BUS_ARGS("o", job, "s", result, "s", message), 0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, CONST),
        SD_BUS_PROPERTY("KernelRelease", "s", get_kernel_release, 0, CONST),
        SD_BUS_PROPERTY("KernelBuildId", "s", get_kernel_build_id, 0, CONST),
        SD_BUS_PROPERTY("Engines", "a(sbs)", get_engines, 0, 0),
        SD_BUS_PROPERTY("Generation", "t", get_generation, 0, EMITS),
        SD_BUS_PROPERTY("TrustRoots", "a(st)", get_trust_roots, 0, 0),
        SD_BUS_PROPERTY("UnsignedFrom", "as", get_unsigned_from, 0, 0),
        SD_BUS_PROPERTY("ApplyDisabled", "b", get_apply_disabled, 0, 0),
        SD_BUS_PROPERTY("ApplyDisabledReason", "s", get_apply_disabled_reason, 0, 0),
        SD_BUS_PROPERTY("Quarantine", "a(sss)", get_quarantine, 0, 0),
        SD_BUS_PROPERTY("EffectiveLevel", "(sss)", get_effective_level, 0, EMITS),
        SD_BUS_PROPERTY("RebootAdvised", "a(ss)", get_reboot_advised, 0, EMITS),
        SD_BUS_PROPERTY("Jobs", "ao", get_jobs, 0, 0),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int bus_manager_add(Bus *b)
{
        return sd_bus_add_object_vtable(b->bus, NULL, BUS_PATH, BUS_IFACE_MANAGER, vtable, b);
}
