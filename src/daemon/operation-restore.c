/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* A rollback of a patch that had taken the place of others puts these back first, on top of it, so that no
 * call finds a hole open in between. */

#include "cleanup.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "replaced.h"

int operation_find_replaced(Operation *o, Failure *f)
{
        int r;

        r = replaced_find(o->host->state_dir, o->host->kernel->build_id_text, o->generation, o->ref,
                          &o->replaced);
        return r < 0 ? failure_set_errno(f, r, "Cannot read the generations") : 0;
}

static int restore(Operation *o, const char *ref, Failure *f)
{
        OperationRequest request = { .kind = &operation_restore,
                                     .ref = ref,
                                     .manifest_fd = -EBADF,
                                     .module_fd = -EBADF,
                                     .options = o->options,
                                     .by = o->by };
        Operation **larger = reallocarray(o->restored, o->n_restored + 1, sizeof(Operation *));
        _cleanup_(operation_freep) Operation *part = NULL;
        int r;

        if (!larger)
                return failure_set_errno(f, -ENOMEM, "Cannot put back %s", ref);
        o->restored = larger;
        request.options.has_expected_generation = false;
        r = operation_new(&request, o->host, &o->config, &part, f);
        if (r >= 0)
                r = operation_run(part, NULL, NULL, f);
        if (r >= 0)
                o->restored[o->n_restored++] = TAKE_PTR(part);
        return r;
}

/* Taking a patch out trusts nothing but the record: what can no longer be verified does not hinder it. */
static bool is_lost(FailureKind kind)
{
        return kind == FAILURE_NO_SUCH_PATCH || kind == FAILURE_STATE_CORRUPT ||
               (kind >= FAILURE_NO_TRUST_ROOT && kind <= FAILURE_ROOT_EXPIRED);
}

void operation_undo_restore(Operation *o)
{
        for (size_t i = o->n_restored; i-- > 0;) {
                Operation *part = o->restored[i];
                _cleanup_failure_ Failure f = {};

                if (part->found != ENGINE_STATE_ON && operation_take_back(part, &f) < 0)
                        log_patch(LOG_ERR, LOG_ID_UNDO_FAILED, part->ref, "Cannot take %s out again: %s",
                                  part->ref, failure_sentence(&f));
        }
}

static int restore_all(Operation *o, Failure *f)
{
        Generation *g = o->replaced;

        for (size_t i = 0; g && i < g->n_patches;) {
                _cleanup_failure_ Failure own = {};
                const char *ref = g->patches[i].ref;
                int r = 0;

                if (!streq(ref, o->ref) && !generation_find(o->generation, ref))
                        r = restore(o, ref, &own);
                if (r < 0 && !is_lost(own.kind))
                        return failure_set(f, own.kind, "What patch %s has replaced cannot be put back: %s",
                                           o->ref, failure_sentence(&own));
                if (r < 0)
                        generation_forget(g, ref);
                else
                        i++;
        }
        return 0;
}

int operation_step_restore(Operation *o, Failure *f)
{
        int r = restore_all(o, f);

        if (r < 0)
                operation_undo_restore(o);
        return r;
}
