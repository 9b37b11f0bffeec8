/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Patch */

#include "bus-change.h"
#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "hex.h"
#include "log.h"
#include "names.h"
#include "patch-details.h"
#include "strv.h"

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret,
                       sd_bus_error *e)
{
        if (!bus_find_patch(userdata, path))
                return 0;
        *ret = userdata;
        return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *e)
{
        _cleanup_strv_free_ char **nodes = NULL;
        _cleanup_failure_ Failure f = {};
        Bus *b = userdata;

        if (manager_refresh_kernel(b->manager, &f) < 0)
                return bus_error_from_failure(e, &f);
        for (size_t i = 0; i < b->manager->n_patches; i++) {
                _cleanup_free_ char *path = NULL;
                int r;

                r = bus_patch_path(b->manager->patches[i], &path);
                if (r >= 0)
                        r = strv_append(&nodes, path);
                if (r < 0)
                        return r;
        }
        *ret_nodes = TAKE_PTR(nodes);
        return 0;
}

static int change(sd_bus_message *m, Bus *b, const OperationKind *kind, sd_bus_error *e)
{
        Patch *p = bus_find_patch(b, sd_bus_message_get_path(m));
        _cleanup_failure_ Failure f = {};

        if (!p) {
                (void) failure_set(&f, FAILURE_NO_SUCH_PATCH, "That patch is no longer there.");
                return bus_error_from_failure(e, &f);
        }
        if (p->by_hand) {
                (void) failure_set(
                                &f, FAILURE_NO_SUCH_PATCH,
                                "Module %s was loaded by hand and is not managed by kpatchd: unload it by hand.",
                                p->module_name);
                return bus_error_from_failure(e, &f);
        }
        return bus_change(b, m,
                          &(OperationRequest){ .kind = kind,
                                               .ref = p->ref,
                                               .manifest_fd = -EBADF,
                                               .module_fd = -EBADF },
                          e);
}

static int method_apply(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return change(m, userdata, &operation_apply, e);
}

static int method_rollback(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return change(m, userdata, &operation_rollback, e);
}

static int method_hold(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return change(m, userdata, &operation_hold, e);
}

static int method_unhold(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return change(m, userdata, &operation_unhold, e);
}

/* Each property reads one thing of a patch. */
typedef int (*ReadProperty)(const Bus *b, const Patch *p, sd_bus_message *reply);

static int read_id(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->id);
}

static int read_version(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->version);
}

static int read_title(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", patch_title(p));
}

static int read_description(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->manifest ? strempty(p->manifest->description) : "");
}

static int read_state(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", patch_state_to_string(manager_patch_state(b->manager, p)));
}

static int read_persistent(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "b", p->persistent);
}

static int read_held(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "b", p->held);
}

static int read_quarantined(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", strempty(p->quarantined));
}

static int read_since(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "t", p->since);
}

static int read_moving(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "t", p->moving);
}

static int read_engine(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->engine->name);
}

static int read_level(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->manifest ? strempty(p->manifest->level) : "");
}

static int read_severity(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->manifest ? strempty(p->manifest->severity) : "");
}

static int read_cves(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        int r = sd_bus_message_open_container(reply, 'a', "s");

        for (size_t i = 0; r >= 0 && p->manifest && i < p->manifest->n_cves; i++)
                r = sd_bus_message_append(reply, "s", p->manifest->cves[i].id);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int read_kernel(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        const Kernel *k = b->manager->host->kernel;
        _cleanup_free_ char *build_id = NULL;

        /* What is known only from this kernel, or from the generation for it, is for this kernel. */
        if (!p->manifest)
                return sd_bus_message_append(reply, "(ss)", k->release, k->build_id_text);
        build_id = hex_encode(p->manifest->kernel_build_id, BUILD_ID_SIZE);
        if (!build_id)
                return -ENOMEM;
        return sd_bus_message_append(reply, "(ss)", p->manifest->kernel_release, build_id);
}

static int read_module(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", p->module_name);
}

static int read_module_sha256(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        _cleanup_free_ char *digest =
                        p->manifest ? hex_encode(p->manifest->module_sha256, SHA256_SIZE) : NULL;

        return p->manifest && !digest ? -ENOMEM : sd_bus_message_append(reply, "s", strempty(digest));
}

static int append_list(sd_bus_message *reply, char *const *list)
{
        int r = sd_bus_message_open_container(reply, 'a', "s");

        for (char *const *item = list; r >= 0 && item && *item; item++)
                r = sd_bus_message_append(reply, "s", *item);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int read_depends(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return append_list(reply, p->manifest ? p->manifest->depends : NULL);
}

static int read_supersedes(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return append_list(reply, p->manifest ? p->manifest->supersedes : NULL);
}

static int read_replace(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "b", p->manifest && p->manifest->replace);
}

static int read_functions(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        const ManifestFunction *functions;
        ManifestFunction *owned;
        size_t n;
        int r;

        r = patch_find_functions(p, b->manager->host, &functions, &n, &owned);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(ssu)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append(reply, "(ssu)", functions[i].object, functions[i].name,
                                          functions[i].sympos);
        manifest_functions_free(owned, owned ? n : 0);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_object(const char *object, const char *state, void *userdata)
{
        return sd_bus_message_append(userdata, "(ss)", object, state);
}

static int read_objects(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        int r = sd_bus_message_open_container(reply, 'a', "(ss)");

        if (r >= 0)
                r = patch_visit_objects(p, b->manager->host, append_object, reply);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int read_trust_root(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", strempty(p->root_name));
}

static int read_stragglers(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        EngineModule module = patch_module(p);
        Straggler *stragglers = NULL;
        size_t n = 0;
        int r;

        r = p->engine->read_stragglers(b->manager->host, &module, &stragglers, &n);
        if (r < 0)
                log_debug("Cannot read the stragglers of %s: %s", p->ref, strerror(-r));
        r = sd_bus_message_open_container(reply, 'a', "(uss)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_message_append(reply, "(uss)", stragglers[i].pid, stragglers[i].comm,
                                          stragglers[i].function);
        stragglers_free(stragglers, n);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int read_policy(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        _cleanup_free_ char *policy = patch_read_policy(p, b->manager->host);

        return sd_bus_message_append(reply, "s", strempty(policy));
}

static int read_pause(const Bus *b, const Patch *p, sd_bus_message *reply)
{
        EnginePause pause = patch_read_pause(p, b->manager->host);

        return sd_bus_message_append(reply, "(ttuu)", pause.last_usec, pause.max_usec, pause.tasks,
                                     pause.tries);
}

static int get(Bus *b, const char *path, sd_bus_message *reply, ReadProperty read)
{
        const Patch *p = bus_find_patch(b, path);

        return p ? read(b, p, reply) : -ENOENT;
}

/* One function of sd-bus' shape for each. */
#define GETTER(name)                                                                                      \
        static int get_##name(sd_bus *bus, const char *path, const char *interface, const char *property, \
                              sd_bus_message *reply, void *userdata, sd_bus_error *e)                     \
        {                                                                                                 \
                return get(userdata, path, reply, read_##name);                                           \
        }

GETTER(id)
GETTER(version)
GETTER(title)
GETTER(state)
GETTER(persistent)
GETTER(held)
GETTER(quarantined)
GETTER(since)
GETTER(moving)
GETTER(description)
GETTER(engine)
GETTER(level)
GETTER(severity)
GETTER(cves)
GETTER(kernel)
GETTER(module)
GETTER(module_sha256)
GETTER(depends)
GETTER(supersedes)
GETTER(replace)
GETTER(functions)
GETTER(objects)
GETTER(trust_root)
GETTER(stragglers)
GETTER(policy)
GETTER(pause)

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define EMITS SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define OPEN  SD_BUS_VTABLE_UNPRIVILEGED /* polkit decides */

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Apply", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", job), method_apply, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Rollback", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", job), method_rollback,
                                OPEN),
        SD_BUS_METHOD_WITH_ARGS("Hold", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", job), method_hold, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Unhold", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", job), method_unhold, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Force", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, bus_method_force, OPEN),
        SD_BUS_METHOD_WITH_ARGS("GetStacks", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a(uas)", stacks),
                                bus_method_get_stacks, OPEN),
        SD_BUS_PROPERTY("Id", "s", get_id, 0, CONST),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, CONST),
        SD_BUS_PROPERTY("Title", "s", get_title, 0, CONST),
        SD_BUS_PROPERTY("Description", "s", get_description, 0, CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, EMITS),
        SD_BUS_PROPERTY("Persistent", "b", get_persistent, 0, EMITS),
        SD_BUS_PROPERTY("Held", "b", get_held, 0, EMITS),
        SD_BUS_PROPERTY("Quarantined", "s", get_quarantined, 0, EMITS),
        SD_BUS_PROPERTY("AppliedSince", "t", get_since, 0, EMITS),
        SD_BUS_PROPERTY("TransitionSince", "t", get_moving, 0, EMITS),
        SD_BUS_PROPERTY("Engine", "s", get_engine, 0, CONST),
        SD_BUS_PROPERTY("Level", "s", get_level, 0, CONST),
        SD_BUS_PROPERTY("Severity", "s", get_severity, 0, CONST),
        SD_BUS_PROPERTY("Cves", "as", get_cves, 0, CONST),
        SD_BUS_PROPERTY("Kernel", "(ss)", get_kernel, 0, CONST),
        SD_BUS_PROPERTY("Module", "s", get_module, 0, CONST),
        SD_BUS_PROPERTY("ModuleSha256", "s", get_module_sha256, 0, CONST),
        SD_BUS_PROPERTY("Depends", "as", get_depends, 0, CONST),
        SD_BUS_PROPERTY("Supersedes", "as", get_supersedes, 0, CONST),
        SD_BUS_PROPERTY("Replace", "b", get_replace, 0, CONST),
        SD_BUS_PROPERTY("Functions", "a(ssu)", get_functions, 0, CONST),
        SD_BUS_PROPERTY("Objects", "a(ss)", get_objects, 0, EMITS),
        SD_BUS_PROPERTY("TrustRoot", "s", get_trust_root, 0, CONST),
        SD_BUS_PROPERTY("Stragglers", "a(uss)", get_stragglers, 0, EMITS),
        SD_BUS_PROPERTY("Policy", "s", get_policy, 0, EMITS),
        SD_BUS_PROPERTY("Pause", "(ttuu)", get_pause, 0, EMITS),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int bus_patch_add(Bus *b)
{
        int r;

        r = sd_bus_add_fallback_vtable(b->bus, NULL, BUS_PATH_PATCH, BUS_IFACE_PATCH, vtable, find_object,
                                       b);
        return r < 0 ? r : sd_bus_add_node_enumerator(b->bus, NULL, BUS_PATH_PATCH, enumerate, b);
}
