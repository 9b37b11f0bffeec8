// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * A permission check: an ordinary user's process may only attach to its own descendants.
 *
 * Where Yama's ptrace_scope is 0, as Debian ships it, a process may attach to every other process
 * of its user: one that was taken over reads the keys out of the user's ssh-agent or browser
 * (CWE-269, improper privilege management). After the patch that needs CAP_SYS_PTRACE, as it does
 * for processes of other users; debuggers that start their program go on to work.
 *
 *	sleep 60 & (exec 3<"/proc/$!/mem")	# the subshell is no ancestor of sleep
 *	before	nothing is said
 *	after	Permission denied
 *
 * Reading what is not the memory itself (PTRACE_MODE_READ, as ps does) stays as it was.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "kpatch.h"

static bool sample_is_descendant(struct task_struct *task, struct task_struct *ancestor)
{
	for (; task->pid > 1; task = rcu_dereference(task->real_parent))
		if (same_thread_group(task, ancestor))
			return true;
	return false;
}

/* What the kernel asks first of its own, before the other security modules. */
static int sample_ptrace_access_check(struct task_struct *child, unsigned int mode)
{
	const struct cred *mine, *theirs;
	const kernel_cap_t *caps;
	bool enough;

	rcu_read_lock();
	mine = current_cred();
	theirs = __task_cred(child);
	caps = mode & PTRACE_MODE_FSCREDS ? &mine->cap_effective : &mine->cap_permitted;
	enough = mine->user_ns == theirs->user_ns && cap_issubset(theirs->cap_permitted, *caps) &&
		 (!(mode & PTRACE_MODE_ATTACH) || sample_is_descendant(child, current));
	if (!enough)
		enough = ns_capable(theirs->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();

	return enough ? 0 : -EPERM;
}

#define SAMPLE(F) F(vmlinux, cap_ptrace_access_check, 0, sample_ptrace_access_check)
KPATCH_MODULE(SAMPLE);

MODULE_DESCRIPTION("Sample: processes of a user may attach to their descendants only");
MODULE_VERSION("1");
