/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-polkit.h"

#include "cleanup.h"
#include "log.h"

#define POLKIT_NAME   "org.freedesktop.PolicyKit1"
#define POLKIT_PATH   "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_IFACE  "org.freedesktop.PolicyKit1.Authority"
#define QUESTIONS_MAX 64U

/* As long as a person may take to find the password. */
#define ANSWER_USEC (5ULL * 60 * 1000000)

/* AllowUserInteraction, of CheckAuthorizationFlags. */
#define POLKIT_INTERACTIVE 1U

typedef struct Question {
        Bus *bus;
        sd_bus_message *call;
        const char *action; /* static */
        BusAuthorized done;
        void *userdata;
} Question;

static void question_free(Question *q)
{
        q->bus->n_authorizations--;
        sd_bus_message_unref(q->call);
        free(q);
}

static bool polkit_is_missing(const sd_bus_error *e)
{
        return sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               sd_bus_error_has_name(e, "org.freedesktop.systemd1.NoSuchUnit") ||
               sd_bus_error_has_name(e, "org.freedesktop.systemd1.UnitMasked");
}

static bool sender_is_root(sd_bus_message *call)
{
        sd_bus_creds *creds = NULL;
        uid_t uid;
        bool root;

        root = sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds) >= 0 &&
               sd_bus_creds_get_euid(creds, &uid) >= 0 && uid == 0;
        sd_bus_creds_unref(creds);
        return root;
}

static int read_answer(Question *q, sd_bus_message *answer, Failure *f)
{
        const sd_bus_error *e = sd_bus_message_get_error(answer);
        int authorized, challenge, r;

        if (e && polkit_is_missing(e)) {
                if (sender_is_root(q->call))
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
        Question *q = userdata;
        _cleanup_failure_ Failure f = {};
        int r = read_answer(q, answer, &f);

        (void) e;
        q->done(q->bus, q->call, r, &f, q->userdata);
        question_free(q);
        return 1;
}

static int new_question(Bus *b, sd_bus_message *call, const OperationKind *kind, const char *patch,
                        sd_bus_message **ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int interactive = sd_bus_message_get_allow_interactive_authorization(call);
        int r;

        r = sd_bus_message_new_method_call(b->bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_IFACE,
                                           "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(m, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                          sd_bus_message_get_sender(call), kind->polkit_action);
        /* polkit lets a caller that is not the owner of the action hand over details only as root, which the
         * daemon is. */
        if (r >= 0 && patch)
                r = sd_bus_message_append(m, "a{ss}", 2, "patch", patch, "polkit.message",
                                          kind->polkit_message);
        else if (r >= 0)
                r = sd_bus_message_append(m, "a{ss}", 0);
        if (r >= 0)
                r = sd_bus_message_append(m, "us", interactive > 0 ? POLKIT_INTERACTIVE : 0, "");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

int bus_authorize(Bus *b, sd_bus_message *call, const OperationKind *kind, const char *patch,
                  BusAuthorized done, void *userdata, Failure *f)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Question *q;
        int r;

        /* A kind that names no action is nobody's to ask for. */
        if (!kind->polkit_action)
                return failure_set(f, FAILURE_NOT_AUTHORIZED, "Not authorized: %s cannot be asked for.",
                                   kind->name);
        if (b->n_authorizations >= QUESTIONS_MAX)
                return failure_set(f, FAILURE_BUSY, "%u requests wait for polkit already; try again later.",
                                   QUESTIONS_MAX);
        r = new_question(b, call, kind, patch, &m);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot ask polkit");
        q = calloc(1, sizeof(Question));
        if (!q)
                return failure_set_errno(f, -ENOMEM, "Cannot ask polkit");
        *q = (Question){
                .bus = b,
                .call = sd_bus_message_ref(call),
                .action = kind->polkit_action,
                .done = done,
                .userdata = userdata,
        };
        b->n_authorizations++;
        r = sd_bus_call_async(b->bus, NULL, m, on_answer, q, ANSWER_USEC);
        if (r < 0) {
                question_free(q);
                return failure_set_errno(f, r, "Cannot ask polkit");
        }
        return 0;
}
