// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
#include "transition.h"

#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "callback.h"
#include "compat.h"
#include "dispatch.h"
#include "event.h"
#include "ksym.h"
#include "object.h"
#include "report.h"
#include "straggler.h"
#include "target.h"

/* Looked at again after the first, then each time after twice as long, up to the second. */
#define TRANSITION_MIN_MS 20
#define TRANSITION_MAX_MS 1000

/* Sleepers are woken when they had so long, and again each time that it has passed. */
#define TRANSITION_NUDGE_MS 1000

static void transition_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(transition_worker, transition_work);
static struct workqueue_struct *transition_queue;

/* Under kpc_patch_lock. */
static unsigned int transition_delay_ms;
static unsigned long transition_nudge_at;

/* Under the locks of the scheduler. 0: it has come; -EBUSY: not yet; -EAGAIN: it is on a CPU. */
static int transition_look(struct task_struct *task, void *data)
{
	struct kpc_straggler *straggler = data;
	const struct kpc_check *check;
	int err;

	if (READ_ONCE(task->on_cpu))
		return -EAGAIN;
	if (!kpc_task_is_gone(task)) {
		check = kpc_straggler_check(kpc_stragglers, straggler);
		/* It came by itself, and then has no check. */
		err = check ? kpc_check_stack(check, task, NULL, NULL) : 0;
		if (err)
			return err;
	}
	kpc_straggler_clear(straggler);
	return 0;
}

/* On the task's CPU in its place, if it is still there. */
static int transition_look_stopped(void *data)
{
	struct kpc_straggler *straggler = data;

	return kpc_ksym_task_call(straggler->task, transition_look, straggler);
}

static void transition_try(struct kpc_straggler *straggler)
{
	if (READ_ONCE(straggler->epoch) == KPC_EPOCH_NEVER)
		return;
	if (kpc_ksym_task_call(straggler->task, transition_look, straggler) == -EAGAIN)
		kpc_ksym_stop_one_cpu(task_cpu(straggler->task), transition_look_stopped,
				      straggler);
}

/*
 * A task that sleeps where a signal would end its sleep is made to look whether there is one: a
 * system call is begun again without its caller's noticing, a kernel thread goes once around. So does
 * one that is idle, such as a worker without work or a rescuer, which may sleep for ever otherwise: TASK_IDLE
 * is the only state with that bit, and its sleepers look again at what they wait for. A plain
 * uninterruptible sleep is left alone: it ends by itself, and not all of them look.
 */
static void transition_nudge(struct kpc_straggler *straggler)
{
	struct task_struct *task = straggler->task;

	if (READ_ONCE(straggler->epoch) == KPC_EPOCH_NEVER || is_idle_task(task))
		return;
	if (task->flags & PF_KTHREAD)
		kpc_ksym_wake_up(task, TASK_INTERRUPTIBLE | TASK_NOLOAD);
	else if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) &&
		 !kpc_ksym_wake_up(task, TASK_INTERRUPTIBLE))
		kick_process(task);
}

static void transition_try_all(void)
{
	bool nudge = time_after(jiffies, transition_nudge_at);
	struct kpc_straggler *straggler;

	if (!kpc_stragglers)
		return;
	if (nudge)
		transition_nudge_at = jiffies + msecs_to_jiffies(TRANSITION_NUDGE_MS);

	list_for_each_entry(straggler, &kpc_stragglers->entries, link) {
		transition_try(straggler);
		if (nudge)
			transition_nudge(straggler);
		cond_resched();
	}
}

static void patch_complete(struct kpc_patch *patch)
{
	WRITE_ONCE(patch->complete, true);
	kpc_callbacks_post_patch(patch);
	pr_notice("%s: applied, %u function%s\n", kpc_patch_name(patch), patch->info->nr_funcs,
		  patch->info->nr_funcs == 1 ? "" : "s");
	kpc_event(patch);
}

static void patch_retire(struct kpc_patch *patch)
{
	if (!--patch->nr_dying && !patch->layer) {
		kpc_callbacks_post_unpatch(patch);
		kpc_objects_forget(patch);
		pr_notice("%s: taken back\n", kpc_patch_name(patch));
		kpc_event(patch);
	}
	module_put(patch->info->mod);
}

/*
 * A task at an epoch in which the layer was visible may be in its functions, or call them. All
 * others were seen to be in none when the layer went, and cannot get in.
 */
static void transition_retire(void)
{
	struct kpc_layer *layer, *next;
	struct kpc_patch *patch;
	LIST_HEAD(layers);

	list_for_each_entry_safe(layer, next, &kpc_layers, link)
		if (layer->until != KPC_EPOCH_NEVER &&
		    !kpc_stragglers_any(layer->from, layer->until)) {
			layer->patch->nr_retired++;
			list_move(&layer->link, &layers);
		}
	kpc_layers_free(&layers);

	list_for_each_entry(patch, &kpc_patches, link)
		for (; patch->nr_retired; patch->nr_retired--)
			patch_retire(patch);
}

/*
 * The word says that every task sees the patch: none is at an epoch before it, and since the switch
 * every NMI has ended that began before it (kpc_nmi_release). It was stored as 0 before the switch
 * that takes the patch back.
 */
static void transition_settle(void)
{
	struct kpc_patch *patch;

	list_for_each_entry(patch, &kpc_patches, link) {
		if (!patch->layer || patch->complete || kpc_stragglers_any(0, patch->layer->from))
			continue;
		patch_complete(patch);
	}
	list_for_each_entry(patch, &kpc_patches, link)
		WRITE_ONCE(*patch->info->on, patch->complete);

	transition_retire();
	if (kpc_stragglers && !kpc_stragglers_left())
		kpc_stragglers_put(kpc_stragglers);
}

static void transition_step(void)
{
	transition_try_all();
	transition_settle();
	if (!kpc_stragglers)
		return;
	queue_delayed_work(transition_queue, &transition_worker,
			   msecs_to_jiffies(transition_delay_ms));
	transition_delay_ms = min(transition_delay_ms * 2, TRANSITION_MAX_MS);
}

static void transition_work(struct work_struct *work)
{
	mutex_lock(&kpc_patch_lock);
	transition_step();
	mutex_unlock(&kpc_patch_lock);
}

void kpc_transition_begin(void)
{
	lockdep_assert_held(&kpc_patch_lock);
	cancel_delayed_work(&transition_worker);
	transition_delay_ms = TRANSITION_MIN_MS;
	transition_nudge_at = jiffies + msecs_to_jiffies(TRANSITION_NUDGE_MS);
	transition_step();
}

/* Of a task that leaves an epoch while it may be anywhere in the functions of that. */
static void transition_pin(unsigned long epoch)
{
	struct kpc_layer *layer;

	list_for_each_entry(layer, &kpc_layers, link) {
		if (!kpc_layer_is_visible(layer, epoch) || layer->patch->forced)
			continue;
		WRITE_ONCE(layer->patch->forced, true);
		__module_get(layer->patch->info->mod);
	}
}

void kpc_transition_force(struct kpc_patch *patch)
{
	struct kpc_straggler *straggler;
	unsigned long epoch;

	pr_warn("%s: the transition is forced: tasks may see old and new functions together, and the module stays loaded for ever\n",
		kpc_patch_name(patch));
	if (!patch->forced) {
		WRITE_ONCE(patch->forced, true);
		__module_get(patch->info->mod);
	}
	if (kpc_stragglers)
		list_for_each_entry(straggler, &kpc_stragglers->entries, link) {
			epoch = READ_ONCE(straggler->epoch);
			if (epoch == KPC_EPOCH_NEVER || !kpc_straggler_holds(straggler, patch))
				continue;
			pr_warn("%s: forced over %s[%d], which is in %s\n", kpc_patch_name(patch),
				straggler->comm, straggler->pid, straggler->func);
			transition_pin(epoch);
			kpc_straggler_clear(straggler);
		}
	transition_settle();
}

int kpc_transition_init(void)
{
	/* Its own: what it does may take long and must not hold up others. */
	transition_queue = alloc_workqueue("kpatch", WQ_UNBOUND, 1);
	return transition_queue ? 0 : -ENOMEM;
}

void kpc_transition_exit(void)
{
	cancel_delayed_work_sync(&transition_worker);
	destroy_workqueue(transition_queue);
	kpc_stragglers_put(kpc_stragglers);
}
