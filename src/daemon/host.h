/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "kernel.h"

/* What an operation needs to know of the machine. Filled once at start, read-only after, so every thread may
 * use it. Tests hand in folders of their own and a loader that loads nothing. */

typedef struct KmodOps {
        /* Whether libkmod finds a module of that name for the running kernel, loaded or not. */
        int (*find)(const char *name);
        /* Loads a module by its name, with what it depends on. -ENOENT when there is none. */
        int (*load)(const char *name);
        /* Loads the module that fd holds, with parameters as of insmod. Errors are finit_module(2)'s. */
        int (*insert)(int fd, const char *parameters);
        /* Unloads a module. Errors are delete_module(2)'s. */
        int (*remove)(const char *name);
        /* Writes to a file of sysfs. Errors are the file's. */
        int (*set)(const char *path, const char *value);
} KmodOps;

typedef struct Host {
        char *conf_dir;   /* /etc/kpatchd */
        char *state_dir;  /* /var/lib/kpatchd */
        char *run_dir;    /* /run/kpatchd */
        char *sysfs;      /* /sys */
        char *proc;       /* /proc */
        char *prefix;     /* of other paths: "" */
        char *uevents;    /* a socket's path that stands for the kernel's uevents; NULL: these */
        char *boot_id;    /* of this boot of the machine */
        char *downloader; /* the socket of kpatchd-fetch */
        char *health;     /* the socket of kpatchd-health */
        char *stacks;     /* the socket of kpatchd-stack */
        char *parser;     /* the program that decodes envelopes without privileges */
        Kernel *kernel;
        bool audit; /* whether to tell the kernel's audit */
        const KmodOps *kmod;
} Host;

int host_new(Host **ret, Failure *f);
Host *host_free(Host *host);

DEFINE_CLEANUP(Host *, host_free);

extern const KmodOps kmod_libkmod;
