/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Takes a patch out of the store, unless something needs it there. */

#include "cleanup.h"
#include "generation-keep.h"
#include "hex.h"
#include "hold.h"
#include "log-ids.h"
#include "operation.h"
#include "relations.h"
#include "store-room.h"
#include "store.h"

#include <inttypes.h>

typedef struct Need {
        const Operation *operation;
        Failure *f;
} Need;

/* Nobody knows what it needs, nor of which build the patch is where nobody vouches for its manifest. */
static int visit_unread(const char *build_id, uint64_t number, const Need *need)
{
        const Operation *o = need->operation;
        uint8_t build[BUILD_ID_SIZE];

        if (o->manifest && (hex_decode(build_id, build, BUILD_ID_SIZE) < 0 ||
                            memcmp(build, o->manifest->kernel_build_id, BUILD_ID_SIZE) != 0))
                return 0;
        return failure_set(need->f, FAILURE_NEEDED,
                           "Patch %s may be needed by a generation that cannot be read: move "
                           "%s/generations/%s/%" PRIu64
                           ".json away if it is not, and remove the patch then.",
                           o->ref, o->host->state_dir, build_id, number);
}

static int visit(const char *build_id, uint64_t number, const Generation *g, void *userdata)
{
        Need *need = userdata;
        const Operation *o = need->operation;
        bool ours = streq(build_id, o->host->kernel->build_id_text);

        if (!g)
                return visit_unread(build_id, number, need);
        if (!generation_find(g, o->ref))
                return 0;
        return failure_set(need->f, FAILURE_NEEDED,
                           "Patch %s is needed by generation %" PRIu64
                           " of %s%s: it can be removed when that is kept no longer.",
                           o->ref, number, ours ? "this kernel" : "the kernel build ", ours ? "" : build_id);
}

static int check_kernel(Operation *o, Failure *f)
{
        int r;

        o->identity = engine_module_from_manifest(o->manifest);
        r = engine_find(o->manifest->module_engine, &o->engine, f);
        if (r >= 0)
                r = o->engine->read_state(o->host, &o->identity, &o->found, f);
        if (r >= 0 && (engine_state_is_in_force(o->found) || engine_state_is_transition(o->found)))
                return failure_set(f, FAILURE_NEEDED, "Patch %s is in force: roll it back first.", o->ref);
        return r;
}

/* Of one whose manifest nobody vouches for, only the generations know. */
static int step_check(Operation *o, Failure *f)
{
        Need need = { o, f };
        int r;

        if (!store_contains(o->host->state_dir, o->ref))
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "Patch %s is not stored.", o->ref);
        r = hold_check(o->host->state_dir, o->ref, "removed", f);
        if (r < 0)
                return r;
        o->manifest = relations_read_manifest(o->host, o->ref);
        r = o->manifest ? check_kernel(o, f) : 0;
        if (r < 0)
                return r;
        r = generation_visit_kept(o->host->state_dir, visit, &need);
        return r < 0 ? failure_set_errno(f, r, "Cannot read the generations") : 0;
}

static int step_remove(Operation *o, Failure *f)
{
        return store_room_remove(o->host, o->ref, o->manifest, f);
}

static const OperationStep steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Looking who needs it", step_check, NULL },
        { "remove", "Removing it from the store", step_remove, NULL, true },
};

const OperationKind operation_remove = {
        .name = "remove",
        .polkit_action = "org.kpatchd1.remove",
        .polkit_message = "Authentication is required to remove live patch $(patch) from the store",
        .state = _PATCH_STATE_MAX,
        .audited = true,
        .any_ref = true,
        .options = OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_ATTACHED,
        .done = "was removed",
        .would = "could be removed",
        .failed = "Did not remove",
        .done_log_id = LOG_ID_REMOVED,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
