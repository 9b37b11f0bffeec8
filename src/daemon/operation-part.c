/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Operations within an operation: those by which it changes patches besides its own. They run under its lock
 * and record no generation; it undoes them when something fails later. */

#include "cleanup.h"
#include "operation.h"
#include "text.h"

#include <fcntl.h>

int operation_part_new(Operation *o, const OperationKind *kind, const char *ref, Operation **ret, Failure *f)
{
        OperationRequest request = { .kind = kind,
                                     .ref = ref,
                                     .manifest_fd = -EBADF,
                                     .module_fd = -EBADF,
                                     .options = o->options,
                                     .by = o->by };
        _cleanup_(operation_freep) Operation *part = NULL;
        int r;

        request.options.has_expected_generation = false;
        request.options.dry_run = false;
        r = operation_new(&request, o->host, &o->config, &part, f);
        if (r < 0)
                return r;
        /* The same counter, so that a wait in the part ends with the whole. What undoes has one of its own,
         * which nobody raises. */
        if (!o->undoing && dup3(o->cancel_fd, part->cancel_fd, O_CLOEXEC) < 0)
                return failure_set_errno(f, -errno, "Cannot start the operation");
        part->undoing = o->undoing;
        *ret = TAKE_PTR(part);
        return 0;
}

/* What a part does is what the whole does just now. */
static void on_progress(const Operation *part, size_t step, void *userdata)
{
        const char *sentence = part->sentence ? part->sentence : part->kind->steps[step].sentence;
        char *text;

        text = text_format("%s: %s", part->ref, sentence);
        operation_tell(userdata, text);
}

int operation_part_run(Operation *o, const OperationKind *kind, const char *ref, Failure *f)
{
        Operation **larger = reallocarray(o->parts, o->n_parts + 1, sizeof(Operation *));
        _cleanup_(operation_freep) Operation *part = NULL;
        int r;

        if (!larger)
                return failure_set_errno(f, -ENOMEM, "Cannot start the operation");
        o->parts = larger;
        r = operation_part_new(o, kind, ref, &part, f);
        if (r >= 0)
                r = operation_run(part, on_progress, o, f);
        if (r >= 0)
                o->parts[o->n_parts++] = TAKE_PTR(part);
        return r;
}

void operation_part_undo(Operation *o, Operation *part)
{
        _cleanup_failure_ Failure f = {};

        if (engine_state_is_in_force(part->found))
                return;
        if (operation_take_back(part, &f) < 0)
                operation_undo_failed(o, part->ref, &f, "Cannot take %s out again", part->ref);
        else
                operation_end_attempt(part);
        if (!o->left)
                o->left = TAKE_PTR(part->left);
}
