/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "monitor.h"
#include "names.h"
#include "text.h"

#include <inttypes.h>

/* The last value that was heard of a property. Whoever says that something has changed tells all that can.
 */
typedef struct Fact {
        char *path;
        const char *property; /* of the table */
        char *value;
} Fact;

typedef struct Monitor {
        Bus *bus;
        MonitorHandler handler;
        void *userdata;
        Fact *facts;
        size_t n_facts;
        bool ask;   /* the daemon is there, and has to be asked what it has */
        bool quiet; /* what is heard is how things are, and no news */
        int error;  /* of a callback: sd-bus drops what they return */
} Monitor;

typedef struct Property {
        const char *interface;
        const char *name;
        const char *type;
        const char *word;
} Property;

/* clang-format off */
static const Property properties[] = {
        { BUS_IFACE_MANAGER, "Generation",  "t",      "generation" },
        { BUS_IFACE_PATCH,   "State",       "s",      "state" },
        { BUS_IFACE_PATCH,   "Persistent",  "b",      "boot" },
        { BUS_IFACE_PATCH,   "Held",        "b",      "held" },
        { BUS_IFACE_PATCH,   "Quarantined", "s",      "quarantined" },
        { BUS_IFACE_PATCH,   "Stragglers",  "a(uss)", "stragglers" },
        { BUS_IFACE_FEED,    "Policy",      "s",      "policy" },
        { BUS_IFACE_FEED,    "LastSuccess", "t",      "last-success" },
        { BUS_IFACE_FEED,    "Expires",     "t",      "expires" },
        { BUS_IFACE_FEED,    "FeedStale",   "b",      "stale" },
        { BUS_IFACE_FEED,    "Failures",    "u",      "failures" },
        { BUS_IFACE_JOB,     "Kind",        "s",      "kind" },
        { BUS_IFACE_JOB,     "Patch",       "s",      "patch" },
        { BUS_IFACE_JOB,     "State",       "s",      "state" },
        { BUS_IFACE_JOB,     "Progress",    "(uus)",  "progress" },
};
/* clang-format on */

static const char *find_fact(const Monitor *m, const char *path, const char *property)
{
        FOREACH_ARRAY (fact, m->facts, m->n_facts)
                if (streq(fact->property, property) && streq(fact->path, path))
                        return fact->value;
        return NULL;
}

/* Returns 1 if it is news; takes over value. */
static int learn(Monitor *m, const char *path, const char *property, char *value)
{
        Fact *larger;

        FOREACH_ARRAY (fact, m->facts, m->n_facts)
                if (streq(fact->property, property) && streq(fact->path, path)) {
                        bool same = streq(fact->value, value);

                        free(fact->value);
                        fact->value = value;
                        return !same;
                }
        larger = reallocarray(m->facts, m->n_facts + 1, sizeof(Fact));
        if (larger)
                m->facts = larger;
        if (!larger || !(larger[m->n_facts].path = strdup(path))) {
                free(value);
                return -ENOMEM;
        }
        larger[m->n_facts].property = property;
        larger[m->n_facts++].value = value;
        return 1;
}

/* Of an object that has gone, or of all below a path. */
static void forget(Monitor *m, const char *path, bool below)
{
        size_t n = 0;

        for (size_t i = 0; i < m->n_facts; i++) {
                Fact *fact = &m->facts[i];

                if (below ? strncmp(fact->path, path, strlen(path)) == 0 : streq(fact->path, path)) {
                        free(fact->path);
                        free(fact->value);
                } else
                        m->facts[n++] = *fact;
        }
        m->n_facts = n;
}

static int emit(Monitor *m, const char *path, MonitorEvent e)
{
        static const char *const folders[][2] = {
                { BUS_PATH_PATCH, "patch" },
                { BUS_PATH_FEED, "feed" },
                { BUS_PATH_JOB, "job" },
        };
        _cleanup_free_ char *name = NULL;

        e.object = "daemon";
        e.name = "kpatchd";
        FOREACH_ARRAY (folder, folders, ELEMENTSOF(folders))
                if (sd_bus_path_decode(path, (*folder)[0], &name) > 0) {
                        e.object = (*folder)[1];
                        e.name = name;
                        break;
                }
        if (streq(e.object, "job")) {
                e.kind = find_fact(m, path, "kind");
                e.patch = find_fact(m, path, "patch");
        }
        return m->handler(&e, m->userdata);
}

static int format_stragglers(sd_bus_message *msg, char **ret)
{
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(msg, 'a', "(uss)");
        while (r >= 0 && (r = sd_bus_message_skip(msg, "(uss)")) > 0)
                n++;
        if (r >= 0)
                r = sd_bus_message_exit_container(msg);
        if (r < 0)
                return r;
        *ret = text_format("%zu", n);
        return *ret ? 0 : -ENOMEM;
}

static int format_progress(sd_bus_message *msg, char **ret)
{
        uint32_t done, total;
        const char *sentence;
        int r;

        r = sd_bus_message_read(msg, "(uus)", &done, &total, &sentence);
        if (r < 0)
                return r;
        *ret = text_format("%u/%u %s", done < total ? done + 1 : total, total, sentence);
        return *ret ? 0 : -ENOMEM;
}

static int format_value(sd_bus_message *msg, const char *type, char **ret)
{
        uint64_t number = 0;
        uint32_t small = 0;
        const char *text;
        int b, r;

        switch (type[0]) {
        case 's':
                r = sd_bus_message_read(msg, "s", &text);
                return r < 0 ? r : (*ret = strdup(text)) ? 0 : -ENOMEM;
        case 'b':
                r = sd_bus_message_read(msg, "b", &b);
                return r < 0 ? r : (*ret = strdup(b ? "yes" : "no")) ? 0 : -ENOMEM;
        case 'a':
                return format_stragglers(msg, ret);
        case '(':
                return format_progress(msg, ret);
        default:
                r = type[0] == 't' ? sd_bus_message_read(msg, "t", &number)
                                   : sd_bus_message_read(msg, "u", &small);
                if (r < 0)
                        return r;
                *ret = text_format("%" PRIu64, number + small);
                return *ret ? 0 : -ENOMEM;
        }
}

static const Property *find_property(const char *interface, const char *name)
{
        FOREACH_ARRAY (p, properties, ELEMENTSOF(properties))
                if (streq(p->interface, interface) && streq(p->name, name))
                        return p;
        return NULL;
}

/* A value at which msg stands, in its variant. What a job is called is no news of it. */
static int read_value(Monitor *m, sd_bus_message *msg, const char *path, const Property *p, bool is_new)
{
        char *value = NULL;
        int r;

        r = sd_bus_message_enter_container(msg, 'v', p->type);
        if (r >= 0)
                r = format_value(msg, p->type, &value);
        if (r < 0)
                return r;
        r = learn(m, path, p->word, value);
        if (r > 0 && !m->quiet && !is_new && !streq(p->word, "kind") && !streq(p->word, "patch"))
                r = emit(m, path,
                         (MonitorEvent){ .change = "changed",
                                         .property = p->word,
                                         .value = find_fact(m, path, p->word) });
        return r < 0 ? r : sd_bus_message_exit_container(msg);
}

static int read_values(Monitor *m, sd_bus_message *msg, const char *path, const char *interface, bool is_new)
{
        const char *name;
        int r;

        r = sd_bus_message_enter_container(msg, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(msg, 'e', "sv")) > 0) {
                const Property *p = NULL;

                r = sd_bus_message_read(msg, "s", &name);
                if (r >= 0)
                        p = find_property(interface, name);
                if (r >= 0)
                        r = p ? read_value(m, msg, path, p, is_new) : sd_bus_message_skip(msg, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(msg);
        }
        return r < 0 ? r : sd_bus_message_exit_container(msg);
}

static bool is_known(const Monitor *m, const char *path)
{
        FOREACH_ARRAY (fact, m->facts, m->n_facts)
                if (streq(fact->path, path))
                        return true;
        return false;
}

/* The a{sa{sv}} of an object. Of one that is there already, only what is different is news. */
static int read_object(Monitor *m, sd_bus_message *msg, const char *path)
{
        bool is_new = !is_known(m, path);
        const char *interface;
        int r;

        r = sd_bus_message_enter_container(msg, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(msg, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(msg, "s", &interface);
                if (r >= 0)
                        r = read_values(m, msg, path, interface, is_new);
                if (r >= 0)
                        r = sd_bus_message_exit_container(msg);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(msg);
        if (r >= 0 && is_new && is_known(m, path) && !m->quiet)
                r = emit(m, path,
                         (MonitorEvent){ .change = "new",
                                         .property = "state",
                                         .value = find_fact(m, path, "state") });
        return r;
}

static void keep_error(Monitor *m, int r)
{
        if (r < 0 && m->error == 0)
                m->error = r;
}

static int on_added(sd_bus_message *msg, void *userdata, sd_bus_error *e)
{
        Monitor *m = userdata;
        const char *path;
        int r;

        r = sd_bus_message_read(msg, "o", &path);
        keep_error(m, r < 0 ? r : read_object(m, msg, path));
        return 0;
}

static int on_removed(sd_bus_message *msg, void *userdata, sd_bus_error *e)
{
        Monitor *m = userdata;
        const char *path;

        if (sd_bus_message_read(msg, "o", &path) < 0)
                return 0;
        /* Of a job there is more to say: JobRemoved. */
        if (is_known(m, path) && strncmp(path, BUS_PATH_JOB "/", strlen(BUS_PATH_JOB "/")) != 0) {
                keep_error(m, emit(m, path, (MonitorEvent){ .change = "removed" }));
                forget(m, path, false);
        }
        return 0;
}

static int on_changed(sd_bus_message *msg, void *userdata, sd_bus_error *e)
{
        Monitor *m = userdata;
        const char *interface;
        int r;

        r = sd_bus_message_read(msg, "s", &interface);
        keep_error(m, r < 0 ? r : read_values(m, msg, sd_bus_message_get_path(msg), interface, false));
        return 0;
}

static int on_job_removed(sd_bus_message *msg, void *userdata, sd_bus_error *e)
{
        MonitorEvent event = { .change = "removed" };
        Monitor *m = userdata;
        const char *path;

        if (sd_bus_message_read(msg, "oss", &path, &event.result, &event.message) < 0)
                return 0;
        keep_error(m, emit(m, path, event));
        forget(m, path, false);
        return 0;
}

static int on_owner(sd_bus_message *msg, void *userdata, sd_bus_error *e)
{
        const char *name, *old, *owner;
        Monitor *m = userdata;

        if (sd_bus_message_read(msg, "sss", &name, &old, &owner) < 0)
                return 0;
        m->ask = owner[0];
        if (!owner[0])
                forget(m, BUS_PATH_JOB "/", true);
        keep_error(m, emit(m, BUS_PATH, (MonitorEvent){ .change = owner[0] ? "started" : "stopped" }));
        return 0;
}

static int subscribe(Monitor *m)
{
        static const struct {
                const char *match;
                sd_bus_message_handler_t handler;
        } table[] = {
                { "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" BUS_NAME
                  "'",
                  on_owner },
                { "type='signal',sender='" BUS_NAME "',interface='org.freedesktop.DBus.ObjectManager',"
                  "member='InterfacesAdded'",
                  on_added },
                { "type='signal',sender='" BUS_NAME "',interface='org.freedesktop.DBus.ObjectManager',"
                  "member='InterfacesRemoved'",
                  on_removed },
                { "type='signal',sender='" BUS_NAME "',interface='org.freedesktop.DBus.Properties',"
                  "member='PropertiesChanged'",
                  on_changed },
                { "type='signal',sender='" BUS_NAME "',interface='" BUS_IFACE_MANAGER
                  "',member='JobRemoved'",
                  on_job_removed },
        };
        int r = 0;

        /* They last as long as the connection. */
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(table); i++)
                r = sd_bus_add_match(m->bus->sd, NULL, table[i].match, table[i].handler, m);
        return r;
}

/* What the daemon has now; news where it was away meanwhile. One that does not answer is followed all the
 * same. */
static int ask(Monitor *m, Failure *f)
{
        _cleanup_message_ sd_bus_message *call = NULL, *reply = NULL;
        const char *path;
        int r;

        m->ask = false;
        bus_set_limit(m->bus, m->bus->limit);
        r = sd_bus_message_new_method_call(m->bus->sd, &call, BUS_NAME, BUS_PATH,
                                           "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
        if (r < 0)
                return bus_failure_from_errno(m->bus, r, f);
        if (bus_call(m->bus, call, &reply, NULL) < 0)
                return 0;
        r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
                r = sd_bus_message_read(reply, "o", &path);
                if (r >= 0)
                        r = read_object(m, reply, path);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r < 0 ? bus_failure_from_errno(m->bus, r, f) : 0;
}

static int follow(Monitor *m, int interrupt_fd, Failure *f)
{
        int r = 0;

        while (r >= 0) {
                if (m->ask) {
                        r = ask(m, f);
                        if (r < 0)
                                return r;
                        m->quiet = false;
                }
                r = bus_pump(m->bus, UINT64_MAX, interrupt_fd);
                if (r == -EINTR)
                        return 0;
                if (r >= 0)
                        r = m->error;
        }
        return bus_failure_from_errno(m->bus, r, f);
}

int monitor_run(Bus *bus, int interrupt_fd, MonitorHandler handler, void *userdata, Failure *f)
{
        Monitor m = { .bus = bus, .handler = handler, .userdata = userdata };
        bool is_there;
        int r;

        r = subscribe(&m);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        r = bus_has_daemon(bus, &is_there, f);
        if (r < 0)
                return r;
        m.ask = m.quiet = is_there;
        r = emit(&m, BUS_PATH, (MonitorEvent){ .change = is_there ? "present" : "absent" });
        r = r < 0 ? bus_failure_from_errno(bus, r, f) : follow(&m, interrupt_fd, f);
        forget(&m, "/", true);
        free(m.facts);
        return r;
}
