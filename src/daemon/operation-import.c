/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "file.h"
#include "log-ids.h"
#include "operation.h"
#include "store-room.h"
#include "store.h"
#include "verify.h"

#include <sys/stat.h>
#include <time.h>

int operation_import_read(int fd, const char *what, size_t max, char **ret_data, size_t *ret_size,
                          Failure *f)
{
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
                return failure_set_errno(f, -errno, "Cannot read the %s", what);
        if (!S_ISREG(st.st_mode))
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The %s must be a regular file.", what);
        if (st.st_size < 0 || (uint64_t) st.st_size > max)
                return failure_set(f, FAILURE_TOO_LARGE, "The %s has %lld bytes; at most %zu are accepted.",
                                   what, (long long) st.st_size, max);
        if (lseek(fd, 0, SEEK_SET) < 0)
                return failure_set_errno(f, -errno, "Cannot read the %s", what);
        r = file_read_fd(fd, max, ret_data, ret_size);
        return r < 0 ? failure_set_errno(f, r, "Cannot read the %s", what) : 0;
}

static int step_verify_manifest(Operation *o, Failure *f)
{
        time_t expires;
        int r;

        r = operation_import_read(o->manifest_fd, "manifest", ENVELOPE_SIZE_MAX, &o->envelope,
                                  &o->envelope_size, f);
        if (r < 0)
                return r;
        r = verify_manifest(o->host, o->envelope, o->envelope_size, &o->manifest, &o->root_name, &expires,
                            f);
        if (r < 0)
                return r;
        /* Expiry keeps new patches out; it never touches what is stored or in force. */
        if (expires < time(NULL))
                return failure_set(
                                f, FAILURE_ROOT_EXPIRED,
                                "The trust root %s has expired: get a new one from its publisher, or set this machine's "
                                "clock.",
                                o->root_name);
        o->ref = strdup(o->manifest->ref);
        if (!o->ref)
                return failure_set_errno(f, -ENOMEM, "Cannot read the manifest");
        return engine_find(o->manifest->module_engine, &o->engine, f);
}

static int step_verify_module(Operation *o, Failure *f)
{
        int r;

        r = operation_import_read(o->module_fd, "module", MODULE_SIZE_MAX, &o->module, &o->module_size, f);
        if (r < 0)
                return r;
        return verify_module(o->host, o->manifest, o->module, o->module_size, f);
}

/* Signatures may differ, as when a second person has signed. */
static bool manifests_are_equal(const Manifest *a, const Manifest *b)
{
        _cleanup_free_ char *x = NULL, *y = NULL;

        return manifest_format(a, &x, NULL) >= 0 && manifest_format(b, &y, NULL) >= 0 && streq(x, y);
}

/* The same patch again is refused by name, and so is another one under the name of one that is stored. A
 * stored patch that no longer verifies is overwritten: that is how it is repaired. */
static int step_check_stored(Operation *o, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *stored = NULL;
        _cleanup_free_ char *envelope = NULL, *root_name = NULL, *module = NULL;
        size_t envelope_size, module_size;

        if (store_read_manifest(o->host->state_dir, o->ref, &envelope, &envelope_size, NULL) < 0 ||
            verify_manifest(o->host, envelope, envelope_size, &stored, &root_name, NULL, NULL) < 0)
                return 0;
        if (!manifests_are_equal(stored, o->manifest))
                return failure_set(
                                f, FAILURE_VERSION_CONFLICT,
                                "Another patch is stored as %s already: a changed patch needs a new version.",
                                o->ref);
        if (store_read_module(o->host->state_dir, stored, &module, &module_size, NULL) < 0 ||
            verify_module(o->host, stored, module, module_size, NULL) < 0)
                return 0;
        return failure_set(f, FAILURE_ALREADY_STORED,
                           "Patch %s is already stored; 'kpatchctl apply %s' applies it.", o->ref, o->ref);
}

static StoreRequest store_request(const Operation *o)
{
        return (StoreRequest){ .ref = o->ref, .uid = o->by.uid, .size = o->envelope_size + o->module_size };
}

int operation_import_step_check(Operation *o, Failure *f)
{
        const StoreRequest request = store_request(o);
        int r;

        r = step_check_stored(o, f);
        return r < 0 ? r : store_room_make(o->host, &o->config, &request, true, f);
}

int operation_import_step_room(Operation *o, Failure *f)
{
        const StoreRequest request = store_request(o);

        return store_room_make(o->host, &o->config, &request, false, f);
}

/* The note first, so that nothing of a user's is ever nobody's. */
int operation_import_step_store(Operation *o, Failure *f)
{
        const StoreRequest request = store_request(o);
        int r;

        r = store_room_note(o->host, &request, f);
        if (r < 0)
                return r;
        return store_add(o->host->state_dir, o->manifest, o->envelope, o->envelope_size, o->module,
                         o->module_size, f);
}

static const OperationStep steps[] = {
        { "verify", "Verifying the signature", step_verify_manifest, NULL },
        { "verify-module", "Verifying the module", step_verify_module, NULL },
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Looking for it in the store", operation_import_step_check, NULL },
        { "room", "Making room in the store", operation_import_step_room, NULL, true },
        { "store", "Storing the patch", operation_import_step_store, NULL },
};

const OperationKind operation_import = {
        .name = "import",
        .polkit_action = "org.kpatchd1.import",
        .polkit_message = "Authentication is required to import a live patch",
        .state = _PATCH_STATE_MAX,
        .audited = true,
        .options = OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_ATTACHED,
        .done = "was imported",
        .would = "could be imported",
        .failed = "Did not import",
        .done_log_id = LOG_ID_IMPORTED,
        .failed_log_id = LOG_ID_IMPORT_REFUSED,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
