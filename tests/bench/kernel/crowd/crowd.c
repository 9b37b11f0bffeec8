// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/* As many sleeping tasks as are written to the parameter "count", each a dozen calls deep. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#define CROWD_MAX 20000
#define CROWD_DEPTH 8

static struct task_struct *crowd[CROWD_MAX];
static unsigned int crowd_count;

static noinline __attribute__((noipa)) int crowd_sleep(unsigned int depth)
{
	int calls = 1;

	if (depth)
		return calls + crowd_sleep(depth - 1);

	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return calls;
}

static int crowd_thread(void *data)
{
	return crowd_sleep(CROWD_DEPTH) > CROWD_DEPTH ? 0 : -EINVAL;
}

static int crowd_set(const char *text, const struct kernel_param *param)
{
	unsigned int wanted;
	int err;

	err = kstrtouint(text, 0, &wanted);
	if (err < 0)
		return err;
	if (wanted > CROWD_MAX)
		return -E2BIG;

	while (crowd_count > wanted)
		kthread_stop(crowd[--crowd_count]);
	while (crowd_count < wanted) {
		struct task_struct *task = kthread_run(crowd_thread, NULL, "crowd/%u", crowd_count);

		if (IS_ERR(task))
			return PTR_ERR(task);
		crowd[crowd_count++] = task;
	}
	return 0;
}

static const struct kernel_param_ops crowd_ops = {
	.set = crowd_set,
	.get = param_get_uint,
};
module_param_cb(count, &crowd_ops, &crowd_count, 0600);

static int __init crowd_init(void)
{
	return 0;
}

static void __exit crowd_exit(void)
{
	while (crowd_count)
		kthread_stop(crowd[--crowd_count]);
}

module_init(crowd_init);
module_exit(crowd_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bench: sleeping tasks");
