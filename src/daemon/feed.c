/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed.h"

#include "feed-index.h"
#include "fetch-message.h"
#include "file.h"
#include "health-message.h"
#include "log.h"
#include "nearest.h"
#include "patch-ref.h"
#include "strv.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>

#define FILE_SIZE_MAX (64U * 1024)
#define URLS_MAX      16U
#define PINS_MAX      64U
#define SUFFIX        ".conf"

static const char *const policies[_FEED_POLICY_MAX] = {
        [FEED_POLICY_OFF] = "off",
        [FEED_POLICY_NOTIFY] = "notify",
        [FEED_POLICY_DOWNLOAD] = "download",
        [FEED_POLICY_APPLY] = "apply",
};

static const char *const severities[] = { "low", "moderate", "important", "critical" };

const char *feed_policy_to_string(FeedPolicy policy)
{
        return policies[policy];
}

unsigned feed_severity_rank(const char *severity)
{
        for (unsigned i = 0; severity && i < ELEMENTSOF(severities); i++)
                if (streq(severities[i], severity))
                        return i;
        return 0;
}

Feed *feed_free(Feed *feed)
{
        if (!feed)
                return NULL;
        free(feed->name);
        strv_free(feed->urls);
        free(feed->channel);
        strv_free(feed->pins);
        free(feed->proxy);
        free(feed->ca_file);
        strv_free(feed->health);
        free(feed);
        return NULL;
}

void feed_set_clear(FeedSet *set)
{
        for (size_t i = 0; i < set->n; i++)
                feed_free(set->feeds[i]);
        free(set->feeds);
        *set = (FeedSet){};
}

const Feed *feed_set_find(const FeedSet *set, const char *name)
{
        for (size_t i = 0; i < set->n; i++)
                if (streq(set->feeds[i]->name, name))
                        return set->feeds[i];
        return NULL;
}

/* The setters return 1, 0 for a value that cannot be, or -ENOMEM. */

static int set_text(char **field, const char *value)
{
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 1;
}

static bool starts(const char *text, const char *with)
{
        return strncmp(text, with, strlen(with)) == 0;
}

/* Without its last slash, as a path is put behind it. */
static int set_url(Feed *feed, const char *value)
{
        _cleanup_free_ char *url = strdup(value);
        size_t n = strlen(value);

        if (!url)
                return -ENOMEM;
        if (!(starts(value, "https://") || starts(value, "http://") || starts(value, "file:///")) ||
            n + 128 > FETCH_URL_MAX || strcspn(value, " \t\"<>?#") != n ||
            strv_length(feed->urls) >= URLS_MAX)
                return 0;
        if (url[n - 1] == '/')
                url[n - 1] = 0;
        return strv_append(&feed->urls, url) < 0 ? -ENOMEM : 1;
}

static int set_channel(Feed *feed, const char *value)
{
        return feed_channel_is_valid(value) ? set_text(&feed->channel, value) : 0;
}

static int set_pin(Feed *feed, const char *value)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        int r;

        r = patch_ref_parse(value, &id, &version, NULL);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || !version || strv_length(feed->pins) >= PINS_MAX)
                return 0;
        return strv_append(&feed->pins, value) < 0 ? -ENOMEM : 1;
}

static int set_proxy(Feed *feed, const char *value)
{
        return strlen(value) < FETCH_URL_MAX ? set_text(&feed->proxy, value) : 0;
}

static int set_ca_file(Feed *feed, const char *value)
{
        return value[0] == '/' && strlen(value) < FETCH_PATH_MAX ? set_text(&feed->ca_file, value) : 0;
}

static int set_policy(Feed *feed, const char *value)
{
        for (FeedPolicy p = 0; p < _FEED_POLICY_MAX; p++)
                if (streq(policies[p], value)) {
                        feed->policy = p;
                        return 1;
                }
        return 0;
}

static int set_apply_severity(Feed *feed, const char *value)
{
        feed->apply_severity = feed_severity_rank(value);
        return streq(severities[feed->apply_severity], value);
}

static int set_number(uint64_t *field, const char *value, uint64_t max)
{
        size_t n = strspn(value, "0123456789");
        uint64_t number = n > 0 && n <= 9 && !value[n] ? strtoull(value, NULL, 10) : 0;

        if (number < 1 || number > max)
                return 0;
        *field = number;
        return 1;
}

static int set_connect(Feed *feed, const char *value)
{
        return set_number(&feed->connect_sec, value, 600);
}

static int set_stall(Feed *feed, const char *value)
{
        return set_number(&feed->stall_sec, value, 600);
}

static int set_rate(Feed *feed, const char *value)
{
        return set_number(&feed->rate_min, value, 100000000);
}

static int set_refresh(Feed *feed, const char *value)
{
        return set_number(&feed->refresh_sec, value, 86400);
}

/* Words between blanks. What needs quotes goes into a script. */
static int set_health(Feed *feed, const char *value)
{
        _cleanup_strv_free_ char **words = NULL;
        _cleanup_free_ char *copy = strdup(value);
        HealthRequest request;
        char *rest = NULL;
        int r;

        if (!copy)
                return -ENOMEM;
        for (char *word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
                r = strv_append(&words, word);
                if (r < 0)
                        return r;
        }
        if (value[0] != '/' || health_request_fill(&request, words, "", "") < 0)
                return 0;
        strv_free(feed->health);
        feed->health = TAKE_PTR(words);
        return 1;
}

/* Shorter than the daemon may take to end. */
static int set_health_sec(Feed *feed, const char *value)
{
        return set_number(&feed->health_sec, value, 120);
}

static const struct {
        const char *name;
        int (*set)(Feed *feed, const char *value);
        const char *rule;
} settings[] = {
        { "URL", set_url, "at most 16 addresses, that begin with https://, http:// or file:///" },
        { "Channel", set_channel, "1 to 32 letters, digits, '_' and '-'" },
        { "Pin", set_pin, "a patch with its version, ID=VERSION, and at most 64 of them" },
        { "Policy", set_policy, "off, notify, download or apply" },
        { "ApplySeverity", set_apply_severity, "low, moderate, important or critical" },
        { "Proxy", set_proxy, "an address" },
        { "CaFile", set_ca_file, "a path from the root" },
        { "ConnectSec", set_connect, "a number of seconds from 1 to 600" },
        { "StallSec", set_stall, "a number of seconds from 1 to 600" },
        { "RefreshSec", set_refresh, "a number of seconds from 1 to 86400" },
        { "HealthCheck", set_health,
          "the path of a program from the root, and at most 31 arguments, 2048 bytes in all" },
        { "HealthSec", set_health_sec, "a number of seconds from 1 to 120" },
        { "MinRate", set_rate, "a number of bytes a second from 1 to 100000000" },
};

typedef struct Reading {
        Feed *feed;
        const char *path;
        char ***complaints;
        bool wrong;
        int error;
} Reading;

static void complain(Reading *reading, const char *format, ...) _printf_(2, 3);

static void complain(Reading *reading, const char *format, ...)
{
        _cleanup_free_ char *what = NULL, *text = NULL;
        va_list ap;

        reading->wrong = true;
        va_start(ap, format);
        what = text_formatv(format, ap);
        va_end(ap);
        if (what)
                text = text_format("%s: %s", reading->path, what);
        if (text)
                text_sanitize(text);
        if (!text || strv_append(reading->complaints, text) < 0)
                reading->error = -ENOMEM;
}

static int on_setting(void *userdata, const char *section, const char *name, const char *value)
{
        const char *names[ELEMENTSOF(settings)], *nearest;
        Reading *reading = userdata;

        if (!streq(section, "Feed")) {
                complain(reading, "there is no section [%.40s]; it is [Feed].", section);
                return 1;
        }
        FOREACH_ARRAY (row, settings, ELEMENTSOF(settings)) {
                int r;

                names[row - settings] = row->name;
                if (!streq(row->name, name))
                        continue;
                r = row->set(reading->feed, strempty(value));
                if (r == 0)
                        complain(reading, "'%.80s' is no value for %s: it takes %s.", value, name,
                                 row->rule);
                else if (r < 0)
                        reading->error = r;
                return 1;
        }
        nearest = nearest_find(name, names, ELEMENTSOF(names));
        complain(reading, "there is no setting '%.40s' in [Feed]%s%s%s", name,
                 nearest ? "; did you mean '" : "", strempty(nearest), nearest ? "'?" : ".");
        return 1;
}

static int feed_new(const char *name, Feed **ret)
{
        _cleanup_(feed_freep) Feed *feed = calloc(1, sizeof(Feed));

        if (!feed)
                return -ENOMEM;
        feed->policy = FEED_POLICY_DOWNLOAD;
        feed->connect_sec = 15;
        feed->stall_sec = 30;
        feed->rate_min = 4096;
        feed->refresh_sec = 3600;
        feed->health_sec = 30;
        feed->name = strdup(name);
        if (!feed->name)
                return -ENOMEM;
        *ret = TAKE_PTR(feed);
        return 0;
}

/* *ret stays NULL where something is wrong. */
static int load(const char *folder, const char *name, Feed **ret, char ***complaints)
{
        _cleanup_(feed_freep) Feed *feed = NULL;
        _cleanup_free_ char *path = NULL, *text = NULL;
        Reading reading = { .complaints = complaints };
        int r;

        path = text_format("%s/%s" SUFFIX, folder, name);
        if (!path)
                return -ENOMEM;
        r = feed_new(name, &feed);
        if (r < 0)
                return r;
        reading.feed = feed;
        reading.path = path;
        if (streq(name, TRUST_ROOT_UNSIGNED))
                complain(&reading, "no feed can be called so: the name stands for what nobody has signed.");
        r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                complain(&reading, "it cannot be read: %s.", strerror(-r));
        else {
                r = ini_parse_string(text, on_setting, &reading);
                if (r > 0)
                        complain(&reading, "line %d is neither [Feed] nor NAME=VALUE.", r);
                if (!feed->urls && !reading.wrong)
                        complain(&reading, "it has no URL=.");
        }
        if (reading.error < 0 || reading.wrong)
                return reading.error;
        *ret = TAKE_PTR(feed);
        return 0;
}

/* Names of feeds: the rules are those of patch ids, as for trust roots. */
static int list(const char *folder, char ***ret_names)
{
        _cleanup_strv_free_ char **names = NULL;
        struct dirent *entry;
        DIR *dir = opendir(folder);
        int r = 0;

        while (dir && r >= 0 && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);
                char name[PATCH_ID_MAX + 1];

                if (n <= strlen(SUFFIX) || n - strlen(SUFFIX) > PATCH_ID_MAX ||
                    !streq(entry->d_name + n - strlen(SUFFIX), SUFFIX))
                        continue;
                memcpy(name, entry->d_name, n - strlen(SUFFIX));
                name[n - strlen(SUFFIX)] = 0;
                if (patch_id_is_valid(name))
                        r = strv_append(&names, name);
        }
        if (dir)
                closedir(dir);
        if (r < 0)
                return r;
        strv_sort(names);
        *ret_names = TAKE_PTR(names);
        return 0;
}

int feed_set_load(const char *conf_dir, FeedSet *ret, char ***ret_complaints)
{
        _cleanup_strv_free_ char **names = NULL, **complaints = NULL;
        _cleanup_free_ char *folder = NULL;
        _cleanup_feed_set_ FeedSet set = {};
        int r;

        folder = text_format("%s/feeds.d", conf_dir);
        if (!folder)
                return -ENOMEM;
        r = list(folder, &names);
        if (r < 0)
                return r;
        set.feeds = calloc(strv_length(names) + 1, sizeof(Feed *));
        if (!set.feeds)
                return -ENOMEM;
        for (char **name = names; name && *name; name++) {
                r = load(folder, *name, &set.feeds[set.n], &complaints);
                if (r < 0)
                        return r;
                set.n += set.feeds[set.n] != NULL;
        }
        *ret = set;
        set = (FeedSet){};
        *ret_complaints = TAKE_PTR(complaints);
        return 0;
}

int feed_set_read(const char *conf_dir, FeedSet *ret)
{
        _cleanup_strv_free_ char **complaints = NULL;
        int r;

        r = feed_set_load(conf_dir, ret, &complaints);
        if (r < 0)
                return r;
        for (char **complaint = complaints; complaint && *complaint; complaint++)
                log_warning("%s The feed is left out.", *complaint);
        return 0;
}
