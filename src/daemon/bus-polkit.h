/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* Asks polkit whether the sender of a call may do something, without waiting for the answer: a person may be
 * typing a password. Where no polkit runs, root may and nobody else. */

/* Called once with the answer: r >= 0 when authorized, else f says why not. Owns userdata from the call of
 * bus_authorize() on, and is called (and frees it) in every case that bus_authorize() returned success for.
 */
typedef void (*BusAuthorized)(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata);

/* A caller that goes away takes its question along. The request's patch, feed or generation, if it has one,
 * is told to polkit as a detail. On error, done is not called. Errors: FAILURE_BUSY when too many questions
 * are open. */
int bus_authorize(Bus *b, sd_bus_message *call, const OperationRequest *request, BusAuthorized done,
                  void *userdata, Failure *f);

/* Answers every open question with a refusal, before the bus is closed. */
void bus_refuse_questions(Bus *b);
