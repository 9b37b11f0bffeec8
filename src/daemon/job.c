/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "job.h"

#include "cleanup.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

int job_new(uint32_t id, Operation *operation, const JobEvents *events, void *userdata, Job **ret,
            Failure *f)
{
        Job *j = calloc(1, sizeof(Job));

        if (!j) {
                operation_free(operation);
                return failure_set_errno(f, -ENOMEM, "Cannot queue the operation");
        }
        j->id = id;
        j->kind = operation->kind;
        j->options = operation->options;
        j->by = operation->by;
        j->operation = operation;
        j->events = events;
        j->userdata = userdata;
        j->event_fd = -EBADF;
        pthread_mutex_init(&j->lock, NULL);
        if (operation->ref) {
                j->ref = strdup(operation->ref);
                if (!j->ref) {
                        job_free(j);
                        return failure_set_errno(f, -ENOMEM, "Cannot queue the operation");
                }
        }
        *ret = j;
        return 0;
}

static void wake(Job *j)
{
        uint64_t one = 1;

        /* Fails only when the counter is full, and then the event loop is awake already. */
        (void) !write(j->event_fd, &one, sizeof(one));
}

static void thread_progress(const Operation *o, size_t step, void *userdata)
{
        Job *j = userdata;

        pthread_mutex_lock(&j->lock);
        j->thread_step = step;
        free(j->thread_sentence);
        j->thread_sentence = o->sentence ? strdup(o->sentence) : NULL;
        if (o->ref && !j->thread_ref)
                j->thread_ref = strdup(o->ref);
        pthread_mutex_unlock(&j->lock);
        wake(j);
}

static void *thread_main(void *userdata)
{
        Job *j = userdata;

        /* The main thread reads j->failure only once it has joined this one. */
        (void) operation_run(j->operation, thread_progress, j, &j->failure);
        pthread_mutex_lock(&j->lock);
        j->thread_ended = true;
        pthread_mutex_unlock(&j->lock);
        wake(j);
        return NULL;
}

static int on_wake(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Job *j = userdata;
        uint64_t count;
        bool ended;

        (void) source;
        (void) revents;
        (void) !read(fd, &count, sizeof(count));
        pthread_mutex_lock(&j->lock);
        j->step = j->thread_step;
        free(j->sentence);
        j->sentence = TAKE_PTR(j->thread_sentence);
        if (!j->ref && j->thread_ref)
                j->ref = TAKE_PTR(j->thread_ref);
        ended = j->thread_ended;
        pthread_mutex_unlock(&j->lock);

        if (!ended) {
                j->events->changed(j, j->userdata);
                return 0;
        }
        pthread_join(j->thread, NULL);
        j->running = false;
        j->events->ended(j, j->userdata);
        return 0;
}

int job_start(Job *j, sd_event *event, Failure *f)
{
        int r;

        j->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (j->event_fd < 0)
                return failure_set_errno(f, -errno, "Cannot start the operation");
        r = sd_event_add_io(event, &j->source, j->event_fd, EPOLLIN, on_wake, j);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot start the operation");
        r = pthread_create(&j->thread, NULL, thread_main, j);
        if (r != 0)
                return failure_set_errno(f, -r, "Cannot start the operation");
        j->running = true;
        return 0;
}

const char *job_sentence(const Job *j)
{
        if (!j->running)
                return "Waiting for other operations";
        return j->sentence ? j->sentence : j->kind->steps[j->step].sentence;
}

const char *job_step(const Job *j)
{
        return j->running ? j->kind->steps[j->step].name : "queued";
}

Job *job_free(Job *j)
{
        if (!j)
                return NULL;
        if (j->running)
                pthread_join(j->thread, NULL);
        sd_event_source_disable_unref(j->source);
        close_fd(j->event_fd);
        pthread_mutex_destroy(&j->lock);
        operation_free(j->operation);
        failure_clear(&j->failure);
        free(j->thread_ref);
        free(j->thread_sentence);
        free(j->sentence);
        free(j->ref);
        free(j);
        return NULL;
}
