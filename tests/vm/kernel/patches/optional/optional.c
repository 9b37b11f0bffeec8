// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* A module that the patch needs, and one that it can do without. */
#include "kpatch.h"

KPATCH_OBJECTS({ .name = "kpatch_test_second", .optional = true });

static int optional_answer(void)
{
	return 3;
}

#define PATCH(F) \
	F(kpatch_test_target, target_answer, 0, optional_answer) \
	F(kpatch_test_second, second_answer, 0, optional_answer)
KPATCH_MODULE(PATCH);

MODULE_DESCRIPTION("Test: a module that is optional");
