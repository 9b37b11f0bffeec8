/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Looks whether what is stored is what was signed: of one patch, or of all. */

#include "cleanup.h"
#include "operation.h"
#include "store.h"
#include "strv.h"
#include "text.h"
#include "verify.h"

/* As many are named; more make no sentence. */
#define NAMED_MAX 8U

/* One that is for another kernel cannot be compared with the one that runs. */
static int verify_one(const Operation *o, const char *ref, Failure *f)
{
        _cleanup_(manifest_freep) Manifest *m = NULL;
        _cleanup_free_ char *envelope = NULL, *root = NULL, *module = NULL;
        size_t envelope_size, module_size;
        int r;

        r = store_read_manifest(o->host->state_dir, ref, &envelope, &envelope_size, f);
        if (r >= 0)
                r = verify_manifest(o->host, envelope, envelope_size, &m, &root, NULL, f);
        if (r >= 0 && !streq(m->ref, ref))
                r = failure_set(f, FAILURE_STATE_CORRUPT,
                                "The manifest that is stored as %s is the one of %s: import the patch again.",
                                ref, m->ref);
        if (r >= 0)
                r = store_read_module(o->host->state_dir, m, &module, &module_size, f);
        if (r < 0)
                return r;
        if (memcmp(m->kernel_build_id, o->host->kernel->build_id, BUILD_ID_SIZE) != 0)
                return verify_module_bytes(m, module, module_size, f);
        return verify_module(o->host, m, module, module_size, f);
}

static void complain(FILE *out, size_t n, const char *ref, const Failure *f)
{
        if (n < NAMED_MAX)
                fprintf(out, "%s %s: %s", n == 0 ? "" : ";", ref, failure_sentence(f));
        else if (n == NAMED_MAX)
                fputs("; and so on", out);
}

static int verify_listed(Operation *o, char *const *refs, FILE *out, size_t *ret_bad, Failure *f)
{
        size_t n_bad = 0;

        for (char *const *ref = refs; ref && *ref; ref++) {
                _cleanup_failure_ Failure own = {};

                if (operation_is_canceled(o))
                        return failure_set(f, FAILURE_CANCELED, "The verify was cancelled.");
                operation_tell(o, strdup(*ref));
                if (verify_one(o, *ref, &own) < 0)
                        complain(out, n_bad++, *ref, &own);
        }
        *ret_bad = n_bad;
        return 0;
}

static int verify_all(Operation *o, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        _cleanup_free_ char *complaints = NULL;
        size_t size, n_bad = 0;
        FILE *out;
        int r;

        r = store_list(o->host->state_dir, &refs, f);
        if (r < 0)
                return r;
        out = open_memstream(&complaints, &size);
        if (!out)
                return failure_set_errno(f, -ENOMEM, "Cannot verify the store");
        r = verify_listed(o, refs, out, &n_bad, f);
        if (fclose(out) != 0 && r >= 0)
                r = failure_set_errno(f, -ENOMEM, "Cannot verify the store");
        if (r >= 0 && n_bad > 0)
                return failure_set(f, FAILURE_STATE_CORRUPT, "%zu of %zu stored patches cannot be used:%s",
                                   n_bad, strv_length(refs), complaints);
        if (r >= 0)
                o->outcome = text_format("All %zu stored patches are as they were signed.",
                                         strv_length(refs));
        return r;
}

static int step_verify(Operation *o, Failure *f)
{
        return o->ref ? verify_one(o, o->ref, f) : verify_all(o, f);
}

/* The lock keeps what is half written out of sight. */
static const OperationStep steps[] = {
        { "lock", "Waiting for other operations", operation_step_lock, NULL },
        { "verify", "Verifying what is stored", step_verify, NULL },
};

const OperationKind operation_verify = {
        .name = "verify",
        .polkit_action = "org.kpatchd1.remove", /* to cancel what another asked for */
        .polkit_message = "Authentication is required to cancel the verification of live patches",
        .state = _PATCH_STATE_MAX,
        .harmless = true,
        .any_ref = true,
        .options = OPERATION_OPTION_ATTACHED,
        .done = "is as it was signed",
        .done_all = "All stored patches are as they were signed.",
        .failed = "Cannot use",
        .failed_all = "Not all that is stored can be used",
        .steps = steps,
        .n_steps = ELEMENTSOF(steps),
};
