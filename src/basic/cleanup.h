/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Locals that own something carry one of these attributes and an initialiser; what leaves the scope any
 * other way than by TAKE_PTR or TAKE_FD is released on every path. */
#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines f##p, the cleanup handler for a variable of type t released by f. */
#define DEFINE_CLEANUP(t, f)          \
        static inline void f##p(t *p) \
        {                             \
                if (*p)               \
                        f(*p);        \
        }                             \
        struct f##_cleanup_needs_a_semicolon

static inline void free_cleanup(void *p)
{
        free(*(void **) p);
}

/* Closes fd unless negative, leaves errno alone. Returns -EBADF, for "fd = close_fd(fd)". */
static inline int close_fd(int fd)
{
        int saved = errno;

        if (fd >= 0)
                close(fd);
        errno = saved;
        return -EBADF;
}

static inline void close_cleanup(int *fd)
{
        *fd = close_fd(*fd);
}

static inline void fclose_cleanup(FILE **f)
{
        if (*f)
                fclose(*f);
}

#define _cleanup_free_   _cleanup_(free_cleanup)
#define _cleanup_close_  _cleanup_(close_cleanup)
#define _cleanup_fclose_ _cleanup_(fclose_cleanup)

/* Moves ownership out of a variable with a cleanup attribute. */
#define TAKE_PTR(p)                                    \
        ({                                             \
                __typeof__(p) *take_from = &(p);       \
                __typeof__(p) take_value = *take_from; \
                *take_from = NULL;                     \
                take_value;                            \
        })

#define TAKE_FD(fd)                          \
        ({                                   \
                int *take_from = &(fd);      \
                int take_value = *take_from; \
                *take_from = -EBADF;         \
                take_value;                  \
        })
