/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Import of a module that nobody has signed, from a folder that the administrator has believed. The daemon
 * opens it itself, says in a manifest what the module says, and signs that for this host; from there on it
 * is a patch like any other. */

#include "cleanup.h"
#include "hex.h"
#include "log-ids.h"
#include "manifest-module.h"
#include "names.h"
#include "operation.h"
#include "text.h"
#include "unsigned.h"
#include "verify.h"

/* What the version has of the module's SHA-256 and of the kernel's build-id, in bytes. */
#define VERSION_MODULE 4
#define VERSION_KERNEL 3

static int step_read(Operation *o, Failure *f)
{
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = unsigned_open(o->host, o->path, &fd, &o->folder, f);
        return r < 0 ? r
                     : operation_import_read(fd, "module", MODULE_SIZE_MAX, &o->module, &o->module_size, f);
}

/* Of the same module for the same kernel build always the same: what is stored already is found by it. */
static int name_patch(Manifest *m, Failure *f)
{
        _cleanup_free_ char *module = hex_encode(m->module_sha256, VERSION_MODULE);
        _cleanup_free_ char *kernel = hex_encode(m->kernel_build_id, VERSION_KERNEL);

        m->id = strdup(m->module_name);
        if (module && kernel)
                m->version = text_format(TRUST_ROOT_UNSIGNED ".%s.%s", module, kernel);
        m->title = text_format("Unsigned live patch %s", m->module_name);
        m->description = strdup(
                        "Nobody has signed it: this host's kpatchd.conf says to believe it. What it fixes, "
                        "and for which build of the kernel it is, nobody has said.");
        return m->id && m->version && m->title && m->description
                               ? 0
                               : failure_set_errno(f, -ENOMEM, "Cannot make the manifest");
}

/* What is written is what any host would read. */
static int check_manifest(const Manifest *m, Manifest **ret, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = manifest_format(m, &text, f);
        return r < 0 ? r : manifest_parse(text, strlen(text), ret, f);
}

/* A livepatch of the kernel's own names a release only, so the build is the one that runs: whether it was
 * made for that, the administrator vouches for. */
static int step_describe(Operation *o, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = calloc(1, sizeof(*m));
        _cleanup_(module_file_freep) ModuleFile *module = NULL;
        int r;

        if (!m)
                return failure_set_errno(f, -ENOMEM, "Cannot make the manifest");
        r = module_file_parse(o->module, o->module_size, &module, f);
        if (r < 0)
                return r;
        memcpy(m->kernel_build_id, o->host->kernel->build_id, BUILD_ID_SIZE);
        m->reversible = true;
        /* A livepatch of the kernel's own does not say it, and most of kpatch-build's do. */
        m->replace = true;
        r = manifest_take_module(m, module, o->module, o->module_size, strrchr(o->path, '/') + 1, f);
        if (r >= 0)
                r = name_patch(m, f);
        if (r >= 0)
                r = check_manifest(m, &o->manifest, f);
        if (r < 0)
                return r;
        o->root_name = strdup(TRUST_ROOT_UNSIGNED);
        o->ref = strdup(o->manifest->ref);
        if (!o->ref || !o->root_name)
                return failure_set_errno(f, -ENOMEM, "Cannot make the manifest");
        r = engine_find(o->manifest->module_engine, &o->engine, f);
        return r < 0 ? r : verify_module(o->host, o->manifest, o->module, o->module_size, f);
}

static int step_sign(Operation *o, Failure *f)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = manifest_format(o->manifest, &text, f);
        if (r < 0)
                return r;
        r = unsigned_sign(o->host, o->folder, PAYLOAD_TYPE_MANIFEST, text, &o->envelope, f);
        if (r < 0)
                return r;
        o->envelope_size = strlen(o->envelope);
        o->outcome = text_format(
                        "Patch %s was imported from %s, and nobody has signed it: kpatchd.conf says to believe %s.",
                        o->ref, o->path, o->folder);
        return 0;
}

static const OperationStep steps[] = {
        { "read", "Reading the module", step_read, NULL },
        { "describe", "Reading what the module says", step_describe, NULL },
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "check", "Looking for it in the store", operation_import_step_check, NULL },
        { "sign", "Signing it for this host", step_sign, NULL, true },
        { "room", "Making room in the store", operation_import_step_room, NULL },
        { "store", "Storing the patch", operation_import_step_store, NULL },
};

const OperationKind operation_import_unsigned = {
        .name = "import-unsigned",
        .polkit_action = "org.kpatchd1.import",
        .polkit_message = "Authentication is required to import a live patch that nobody has signed",
        .state = _PATCH_STATE_MAX,
        .audited = true,
        .options = OPERATION_OPTION_DRY_RUN | OPERATION_OPTION_ATTACHED,
        .done = "was imported, and nobody has signed it",
        .would = "could be imported, and nobody has signed it",
        .failed = "Did not import",
        .done_log_id = LOG_ID_IMPORTED_UNSIGNED,
        .failed_log_id = LOG_ID_IMPORT_REFUSED,
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
