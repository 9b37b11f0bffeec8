/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Names that more than one program uses. */

#define BUS_NAME          "org.kpatchd1"
#define BUS_PATH          "/org/kpatchd1"
#define BUS_PATH_PATCH    "/org/kpatchd1/patch" /* .../patch/<encoded reference> */
#define BUS_PATH_FEED     "/org/kpatchd1/feed"  /* .../feed/<encoded name> */
#define BUS_PATH_JOB      "/org/kpatchd1/job"   /* .../job/<number> */
#define BUS_IFACE_MANAGER "org.kpatchd1.Manager"
#define BUS_IFACE_PATCH   "org.kpatchd1.Patch"
#define BUS_IFACE_JOB     "org.kpatchd1.Job"
#define BUS_IFACE_FEED    "org.kpatchd1.Feed"

/* Waits for the settle time where no daemon does. */
#define UNIT_SETTLE "kpatchd-settle.service"

/* DSSE payload types. */
#define PAYLOAD_TYPE_MANIFEST  "application/vnd.kpatchd.manifest+json"
#define PAYLOAD_TYPE_ROOT      "application/vnd.kpatchd.root+json"
#define PAYLOAD_TYPE_FEED      "application/vnd.kpatchd.feed+json"
#define PAYLOAD_TYPE_TIMESTAMP "application/vnd.kpatchd.timestamp+json"

/* The trust root of what nobody has signed and the configuration says to believe: no feed may be called so.
 */
#define TRUST_ROOT_UNSIGNED "unsigned"

/* Begins the state of an object of a patch that the kernel has without it; then comes why. */
#define OBJECT_SKIPPED "skipped: "

/* Bounds on what comes from outside, in bytes. */
#define ENVELOPE_SIZE_MAX  (256U * 1024)
#define TIMESTAMP_SIZE_MAX (16U * 1024)
#define INDEX_SIZE_MAX     (512U * 1024)
#define MODULE_SIZE_MAX    (64U * 1024 * 1024)

/* A GNU build-id as the kernel has it: SHA-1. */
#define BUILD_ID_SIZE 20
#define SHA256_SIZE   32

/* The kernel command line word that prevents reapplying at boot. */
#define CMDLINE_NO_APPLY "kpatchd.apply=0"
