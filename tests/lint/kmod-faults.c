// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Never compiled: one fault of each kind that kmod.cocci knows, marked with its name. Who changes
 * a rule sees here whether it still finds anything.
 */

int mutex_kept(struct thing *thing)
{
        mutex_lock(&thing->lock);
        if (thing->busy)
                return -EBUSY; /* mutex_kept */
        mutex_unlock(&thing->lock);
        return 0;
}

int spin_kept(struct thing *thing)
{
        raw_spin_lock(&thing->lock);
        if (thing->busy)
                return -EBUSY; /* spin_kept */
        raw_spin_unlock(&thing->lock);
        return 0;
}

int rcu_kept(struct thing *thing)
{
        rcu_read_lock();
        if (thing->busy)
                return -EBUSY; /* rcu_kept */
        rcu_read_unlock();
        return 0;
}

int preempt_kept(struct thing *thing)
{
        preempt_disable();
        if (thing->busy)
                return -EBUSY; /* preempt_kept */
        preempt_enable();
        return 0;
}

void sleeps(struct thing *thing)
{
        rcu_read_lock();
        thing->more = kzalloc(16, GFP_KERNEL); /* sleeps */
        rcu_read_unlock();
}

int freed(struct thing *thing)
{
        kfree(thing);
        return thing->busy; /* freed */
}

void twice(struct thing *thing)
{
        kfree(thing);
        work();
        kfree(thing); /* twice */
}

void unlooked(void)
{
        struct thing *thing;

        thing = kzalloc(sizeof(*thing), GFP_KERNEL);
        thing->busy = 1; /* unlooked */
        keep(thing);
}

int not_null(struct thing *thing)
{
        thing->task = kthread_run(work, NULL, "work");
        if (!thing->task) /* not_null */
                return -ENOMEM;
        return 0;
}

int not_err(struct thing *thing)
{
        thing->more = kzalloc(16, GFP_KERNEL);
        if (IS_ERR(thing->more)) /* not_err */
                return -ENOMEM;
        return 0;
}

void kobject_freed(struct thing *thing)
{
        kobject_init(&thing->kobj, &thing_type);
        kfree(thing); /* kobject_freed */
}

void loop_removed(struct thing *thing)
{
        list_for_each_entry(thing, &things, list)
        {
                list_del(&thing->list); /* loop_removed */
        }
}
