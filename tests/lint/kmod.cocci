// SPDX-FileCopyrightText: 2026 The kpatchd authors
// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel's side must not do, as semantic patches: spatch prints what matches. tests/lint/kmod-faults.c has
// one of each, which must be found.

// Who gives back what the caller holds must take it again.
@DROPS exists@
expression M;
position p;
@@
 mutex_unlock(M);
 ... when any
 mutex_lock@p(M);

// A function that takes a mutex returns without giving it back on some path.
@mutex_kept exists@
expression M;
position taken != DROPS.p;
position back;
@@
 mutex_lock@taken(M);
 ... when != mutex_unlock(M)
* return@back ...;

@spin_kept exists@
expression L;
position back;
@@
(
 spin_lock(L);
|
 raw_spin_lock(L);
)
 ... when != spin_unlock(L)
     when != raw_spin_unlock(L)
* return@back ...;

@rcu_kept exists@
position back;
@@
 rcu_read_lock();
 ... when != rcu_read_unlock()
* return@back ...;

@preempt_kept exists@
position back;
@@
 preempt_disable();
 ... when != preempt_enable()
     when != preempt_enable_notrace()
* return@back ...;

// What may sleep, where nobody may.
@sleeps exists@
expression E, M;
position p;
@@
(
 rcu_read_lock();
|
 preempt_disable();
|
 local_irq_disable();
|
 spin_lock(E);
|
 raw_spin_lock(E);
)
 ... when != rcu_read_unlock()
     when != preempt_enable()
     when != local_irq_enable()
     when != spin_unlock(E)
     when != raw_spin_unlock(E)
(
* mutex_lock@p(M)
|
* msleep@p(...)
|
* schedule@p()
|
* synchronize_rcu@p()
|
* kmalloc@p(..., GFP_KERNEL)
|
* kzalloc@p(..., GFP_KERNEL)
|
* kcalloc@p(..., GFP_KERNEL)
|
* kvmalloc@p(..., GFP_KERNEL)
|
* kvcalloc@p(..., GFP_KERNEL)
|
* kasprintf@p(GFP_KERNEL, ...)
)

// A loop that gives back each of its entries gives back another each time.
@LOOP@
iterator name list_for_each_entry_safe;
expression E, N;
position p;
@@
 list_for_each_entry_safe(E, N, ...) {
  <+... \(kfree@p\|kvfree@p\)(E) ...+>
 }

@LINE@
iterator name list_for_each_entry_safe;
expression E, N;
position p;
@@
 list_for_each_entry_safe(E, N, ...)
  \(kfree@p\|kvfree@p\)(E);

// Memory is read after it was given back.
@freed exists@
expression E, E2;
identifier f;
position q != {LOOP.p, LINE.p};
position p;
@@
 \(kfree@q\|kvfree@q\)(E);
 ... when != E = E2
     when != &E
* E@p->f

// And given back twice.
@twice exists@
expression E, E2;
position q != {LOOP.p, LINE.p};
position p;
@@
 kfree@q(E);
 ... when != E = E2
     when != &E
* kfree@p(E);

// What an allocation returned is used before anybody looked whether there is any.
@unlooked exists@
expression E;
identifier f;
position p;
@@
 E = \(kmalloc\|kzalloc\|kcalloc\|kmalloc_array\|kvmalloc\|kvcalloc\|kvzalloc\|kmemdup\|vmalloc\)(...);
 ... when != E
* E@p->f

// NULL where the function answers with an error pointer, and the other way round.
@not_null exists@
expression E;
statement S;
position p;
@@
 E = \(kthread_create\|kthread_run\|class_create\|debugfs_create_dir\)(...);
 ... when != E
* if@p (\(!E\|E == NULL\)) S

@not_err exists@
expression E;
position p;
@@
 E = \(kmalloc\|kzalloc\|kcalloc\|kvmalloc\|kvcalloc\|kobject_create_and_add\|kmemdup\|kstrdup\|kasprintf\)(...);
 ... when != E
* IS_ERR@p(E)

// A kobject that was begun ends with its last reference.
@kobject_freed exists@
expression E;
identifier k;
position p;
@@
(
 kobject_init(&E->k, ...)
|
 kobject_init_and_add(&E->k, ...)
)
 ... when != kobject_put(&E->k)
* kfree@p(E);

// The entry that the loop stands on goes, and the loop goes on from it.
@loop_removed@
iterator name list_for_each_entry;
expression E;
position p;
@@
 list_for_each_entry(E, ...) {
  ... when any
(
* list_del@p(...);
|
* list_del_init@p(...);
)
  ... when != break;
      when != return ...;
 }
