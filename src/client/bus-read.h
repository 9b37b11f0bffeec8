/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"

#include <systemd/sd-bus.h>

/* Readers of properties that are lists and tuples, into the struct of the model that field points to. They
 * return negative errno, and leave in it only what its clear function releases. */

int bus_read_engines(sd_bus_message *m, void *field);
int bus_read_trust_roots(sd_bus_message *m, void *field);
int bus_read_quarantine(sd_bus_message *m, void *field);
int bus_read_level(sd_bus_message *m, void *field);
int bus_read_reboot(sd_bus_message *m, void *field);
int bus_read_functions(sd_bus_message *m, void *field);
int bus_read_versions(sd_bus_message *m, void *field);
int bus_read_feed_patches(sd_bus_message *m, void *field);
int bus_read_feed_failure(sd_bus_message *m, void *field);
int bus_read_objects_of_patch(sd_bus_message *m, void *field);
int bus_read_stragglers(sd_bus_message *m, void *field);
int bus_read_pause(sd_bus_message *m, void *field);

/* A copy takes the place of what *field has. */
int bus_replace_text(char **field, const char *text);

/* Makes room for one more item, zeroed, and returns it. */
#define LIST_GROW(items, n)                                                       \
        ({                                                                        \
                void *grown = reallocarray((items), (n) + 1, sizeof((items)[0])); \
                                                                                  \
                if (grown) {                                                      \
                        (items) = grown;                                          \
                        memset(&(items)[(n)++], 0, sizeof((items)[0]));           \
                }                                                                 \
                grown ? &(items)[(n) -1] : NULL;                                  \
        })
