/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <stdint.h>

/* What kpatchd and kpatchd-fetch say to each other over a stream socket. Both are of one build on one
 * machine, so structs go as they are in memory. kpatchd sends a FetchRequest; the answer is frames: one
 * FETCH_FRAME_BEGIN where there are bytes to come, any number of FETCH_FRAME_DATA, and one FETCH_FRAME_END.
 * Requests come one after the other, over connections to servers that stay open.
 *
 * kpatchd-fetch reads from servers that may be anybody's: nothing that it says is believed. kpatchd bounds
 * each frame, counts the bytes, and has its own deadline. */

#define FETCH_VERSION      1U
#define FETCH_URL_MAX      2048U
#define FETCH_ETAG_MAX     128U
#define FETCH_PATH_MAX     1024U
#define FETCH_SENTENCE_MAX 512U
#define FETCH_NAME_MAX     128U
#define FETCH_DATA_MAX     16384U

/* All texts end in NUL; "" where there is none. */
typedef struct FetchRequest {
        uint32_t version;
        uint32_t connect_sec;
        uint32_t stall_sec; /* it is ended when over that long fewer than rate_min bytes a second came */
        uint32_t rate_min;
        uint64_t total_sec;
        uint64_t size_max; /* of the whole file */
        uint64_t offset;   /* so much is there already */
        char url[FETCH_URL_MAX];
        char etag[FETCH_ETAG_MAX];    /* of what is there already: it need not be sent again */
        char proxy[FETCH_URL_MAX];    /* "": as the environment says */
        char ca_file[FETCH_PATH_MAX]; /* "": those of the system */
        char feed[FETCH_NAME_MAX];    /* whose credentials are shown to the server */
} FetchRequest;

typedef enum FetchFrameKind {
        FETCH_FRAME_BEGIN = 1, /* a uint64_t: the offset that the data begins at */
        FETCH_FRAME_DATA,
        FETCH_FRAME_END, /* a FetchEnd */
} FetchFrameKind;

typedef struct FetchFrame {
        uint32_t kind;
        uint32_t size; /* of what follows */
} FetchFrame;

typedef enum FetchResult {
        FETCH_DONE,
        FETCH_NOT_MODIFIED,
        FETCH_MISSING, /* the server says that it does not have it */
        FETCH_TOO_LARGE,
        FETCH_TOO_SLOW,
        FETCH_NO_RANGE, /* the server cannot go on at that offset */
        FETCH_FAILED,
        _FETCH_RESULT_MAX,
} FetchResult;

typedef struct FetchEnd {
        uint32_t result;
        char etag[FETCH_ETAG_MAX];
        char sentence[FETCH_SENTENCE_MAX]; /* of a failure */
} FetchEnd;

/* Whether standard input is a stream socket, as systemd hands one to a helper of kpatchd that it starts. */
bool fetch_input_is_stream(void);

/* Copies a text into a field; -ENAMETOOLONG where it has no room. */
int fetch_set_text(char *field, size_t room, const char *text);

/* Whether all texts end, and the version is ours. */
bool fetch_request_is_valid(const FetchRequest *request) _pure_;
bool fetch_end_is_valid(const FetchEnd *end) _pure_;

/* Sends and receives the whole of it, without SIGPIPE. Errors: those of send(2) and recv(2), -ECONNRESET
 * where the other side closed in the middle. fetch_receive() returns 0 where it closed before the first
 * byte, else 1. */
int fetch_send(int fd, const void *data, size_t size);
int fetch_receive(int fd, void *data, size_t size);

int fetch_send_frame(int fd, FetchFrameKind kind, const void *data, size_t size);
