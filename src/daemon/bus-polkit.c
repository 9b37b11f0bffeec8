/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-polkit.h"

#include "cleanup.h"
#include "generation-goal.h"
#include "log.h"

#include <inttypes.h>

#define POLKIT_NAME  "org.freedesktop.PolicyKit1"
#define POLKIT_PATH  "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_IFACE "org.freedesktop.PolicyKit1.Authority"
/* Of all, and of one user: nobody can lock the others out by leaving the password unanswered. */
#define QUESTIONS_MAX      256U
#define QUESTIONS_USER_MAX 8U

/* As long as a person may take to find the password. */
#define ANSWER_USEC (5ULL * 60 * 1000000)

/* AllowUserInteraction, of CheckAuthorizationFlags. */
#define POLKIT_INTERACTIVE 1U

typedef struct BusQuestion BusQuestion;

struct BusQuestion {
        Bus *bus;
        BusQuestion *next, **link; /* in Bus.questions: link is what points here */
        sd_bus_message *call;
        uid_t uid;           /* of who asks */
        sd_bus_slot *slot;   /* of the call to polkit */
        sd_bus_track *track; /* of who asks */
        char cancellation_id[32];
        const char *action; /* static */
        BusAuthorized done;
        void *userdata;
};

static void question_free(BusQuestion *q)
{
        if (q->link) {
                *q->link = q->next;
                if (q->next)
                        q->next->link = q->link;
        }
        sd_bus_slot_unref(q->slot);
        sd_bus_track_unref(q->track);
        sd_bus_message_unref(q->call);
        free(q);
}

static void question_end(BusQuestion *q, int r, const Failure *f)
{
        Bus *b = q->bus;

        q->done(b, q->call, r, f, q->userdata);
        question_free(q);
        bus_end_if_done(b);
}

static bool polkit_is_missing(const sd_bus_error *e)
{
        return sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               sd_bus_error_has_name(e, "org.freedesktop.systemd1.NoSuchUnit") ||
               sd_bus_error_has_name(e, "org.freedesktop.systemd1.UnitMasked");
}

static int read_answer(BusQuestion *q, sd_bus_message *answer, Failure *f)
{
        const sd_bus_error *e = sd_bus_message_get_error(answer);
        int authorized, challenge, r;

        if (e && polkit_is_missing(e)) {
                if (q->uid == 0)
                        return 0;
                return failure_set(
                                f, FAILURE_NOT_AUTHORIZED,
                                "Not authorized: polkit does not run on this host, so only root may do this.");
        }
        if (e)
                return failure_set(f, FAILURE_NOT_AUTHORIZED, "Not authorized: polkit failed (%s).",
                                   strna(e->message));
        r = sd_bus_message_enter_container(answer, 'r', "bba{ss}");
        if (r >= 0)
                r = sd_bus_message_read(answer, "bb", &authorized, &challenge);
        if (r < 0)
                return failure_set(f, FAILURE_NOT_AUTHORIZED,
                                   "Not authorized: polkit gave an answer that makes no sense.");
        if (authorized)
                return 0;
        return failure_set(
                        f, FAILURE_NOT_AUTHORIZED,
                        challenge ? "Not authorized: polkit asks for authentication for %s; try again where you can "
                                    "type a password, or as root."
                                  : "Not authorized: polkit does not allow %s to you.",
                        q->action);
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *e)
{
        BusQuestion *q = userdata;
        _cleanup_failure_ Failure f = {};
        int r = read_answer(q, answer, &f);

        (void) e;
        question_end(q, r, &f);
        return 1;
}

/* Nobody waits for the answer any more: the dialog goes away, and what was asked for is not done. */
static int on_caller_gone(sd_bus_track *track, void *userdata)
{
        BusQuestion *q = userdata;
        _cleanup_failure_ Failure f = {};
        int r;

        (void) track;
        (void) sd_bus_call_method_async(q->bus->bus, NULL, POLKIT_NAME, POLKIT_PATH, POLKIT_IFACE,
                                        "CancelCheckAuthorization", NULL, NULL, "s", q->cancellation_id);
        r = failure_set(&f, FAILURE_CANCELED, "The caller went away before polkit answered.");
        question_end(q, r, &f);
        return 0;
}

void bus_refuse_questions(Bus *b)
{
        while (b->questions) {
                _cleanup_failure_ Failure f = {};
                int r = failure_set(&f, FAILURE_BUSY, "kpatchd is being stopped; try again.");

                question_end(b->questions, r, &f);
        }
}

static int check_number(const Bus *b, uid_t uid, Failure *f)
{
        unsigned all = 0, of_user = 0;

        for (const BusQuestion *q = b->questions; q; q = q->next) {
                all++;
                of_user += q->uid == uid;
        }
        if (uid != 0 && of_user >= QUESTIONS_USER_MAX)
                return failure_set(f, FAILURE_BUSY,
                                   "%u of your requests wait for polkit already; try again later.", of_user);
        if (uid != 0 && all >= QUESTIONS_MAX)
                return failure_set(f, FAILURE_BUSY, "%u requests wait for polkit already; try again later.",
                                   all);
        return 0;
}

/* What it is about, in words that the message has. polkit lets a caller that is not the owner of the action
 * hand over details only as root, which the daemon is. */
static int append_details(const Bus *b, sd_bus_message *m, const OperationRequest *request)
{
        const OperationKind *kind = request->kind;
        char number[24];

        if (request->ref)
                return sd_bus_message_append(m, "a{ss}", 2,
                                             kind->polkit_detail ? kind->polkit_detail : "patch",
                                             request->ref, "polkit.message", kind->polkit_message);
        if (!kind->many)
                return sd_bus_message_append(m, "a{ss}", 0);
        (void) snprintf(number, sizeof(number), "%" PRIu64,
                        generation_goal_number(b->manager->generation, request->target));
        return sd_bus_message_append(m, "a{ss}", 2, "generation", number, "polkit.message",
                                     kind->polkit_message);
}

static int new_message(Bus *b, sd_bus_message *call, const OperationRequest *request,
                       const char *cancellation_id, sd_bus_message **ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int interactive = sd_bus_message_get_allow_interactive_authorization(call);
        int r;

        r = sd_bus_message_new_method_call(b->bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_IFACE,
                                           "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(m, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                          sd_bus_message_get_sender(call), request->kind->polkit_action);
        if (r >= 0)
                r = append_details(b, m, request);
        if (r >= 0)
                r = sd_bus_message_append(m, "us", interactive > 0 ? POLKIT_INTERACTIVE : 0,
                                          cancellation_id);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

static int question_new(Bus *b, sd_bus_message *call, uid_t uid, const char *action, BusQuestion **ret)
{
        BusQuestion *q = calloc(1, sizeof(BusQuestion));
        int r;

        if (!q)
                return -ENOMEM;
        q->bus = b;
        q->call = sd_bus_message_ref(call);
        q->uid = uid;
        q->action = action;
        (void) snprintf(q->cancellation_id, sizeof(q->cancellation_id), "kpatchd-%" PRIu64,
                        ++b->last_question);
        r = sd_bus_track_new(b->bus, &q->track, on_caller_gone, q);
        if (r >= 0)
                r = sd_bus_track_add_sender(q->track, call);
        if (r < 0) {
                question_free(q);
                return r;
        }
        *ret = q;
        return 0;
}

int bus_authorize(Bus *b, sd_bus_message *call, const OperationRequest *request, BusAuthorized done,
                  void *userdata, Failure *f)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const OperationKind *kind = request->kind;
        BusQuestion *q;
        int r;

        /* A kind that names no action is nobody's to ask for. */
        if (!kind->polkit_action)
                return failure_set(f, FAILURE_NOT_AUTHORIZED, "Not authorized: %s cannot be asked for.",
                                   kind->name);
        r = check_number(b, request->by.uid, f);
        if (r < 0)
                return r;
        r = question_new(b, call, request->by.uid, kind->polkit_action, &q);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot ask polkit");
        r = new_message(b, call, request, q->cancellation_id, &m);
        if (r >= 0)
                r = sd_bus_call_async(b->bus, &q->slot, m, on_answer, q, ANSWER_USEC);
        if (r < 0) {
                question_free(q);
                return failure_set_errno(f, r, "Cannot ask polkit");
        }
        q->done = done;
        q->userdata = userdata;
        q->next = b->questions;
        q->link = &b->questions;
        if (q->next)
                q->next->link = &q->next;
        b->questions = q;
        return 0;
}
