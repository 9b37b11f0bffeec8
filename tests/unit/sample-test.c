/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "sample-test.h"

const char sample_manifest[] =
                "{\"id\":\"fix\",\"version\":\"1.0~rc1\",\"title\":\"Fix a h\xc3\xb6le\",\"description\":\"Two\\nlines\","
                "\"severity\":\"important\",\"issued\":\"2026-11-21T13:14:15Z\",\"replace\":true,\"reversible\":false,"
                "\"supersedes\":[\"old\",\"older\"],\"depends\":[\"base\"],\"conflicts\":[\"other\"],\"min_daemon\":\"0.2\",\"level\":\"6.1.148-1\","
                "\"kernel\":{\"build_id\":\"00112233445566778899aabbccddeeff00112233\",\"release\":\"6.1.0-99-amd64\","
                "\"arch\":\"x86_64\",\"distro\":\"Debian 12\"},"
                "\"module\":{\"name\":\"kpatch_fix\",\"file\":\"fix.ko\",\"size\":4711,"
                "\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
                "\"vermagic\":\"6.1.0-99-amd64 SMP \",\"engine\":\"core\","
                "\"build_id\":\"ffeeddccbbaa99887766554433221100ffeeddcc\"},"
                "\"cves\":[{\"id\":\"CVE-2026-1234\",\"cvss\":\"CVSS:3.1/AV:N\",\"url\":\"https://example.org/1\"},"
                "{\"id\":\"CVE-2026-123456\"}],"
                "\"objects\":[{\"name\":\"vmlinux\",\"functions\":[{\"name\":\"f\",\"sympos\":0},{\"name\":\"g\"}]},"
                "{\"name\":\"ext4\",\"functions\":[{\"name\":\"f\",\"sympos\":3}]}]}";

const char sample_root[] =
                "{\"type\":\"root\",\"version\":3,\"expires\":\"2027-11-21T00:00:00Z\",\"keys\":{"
                "\"a\":{\"type\":\"ed25519\",\"public\":\"1111111111111111111111111111111111111111111111111111111111111111\"},"
                "\"b\":{\"type\":\"ed25519\",\"public\":\"2222222222222222222222222222222222222222222222222222222222222222\"}},"
                "\"roles\":{\"root\":{\"keys\":[\"a\",\"b\"],\"threshold\":2},\"patch\":{\"keys\":[\"b\"],\"threshold\":1},"
                "\"feed\":{\"keys\":[\"a\"],\"threshold\":1},\"timestamp\":{\"keys\":[\"a\"],\"threshold\":1}}}";

#define SHA256 "\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

const char sample_timestamp[] =
                "{\"type\":\"timestamp\",\"version\":17,\"issued\":\"2026-11-21T00:00:00Z\","
                "\"expires\":\"2026-11-28T00:00:00Z\",\"root\":2,\"feed\":{\"size\":4711," SHA256
                ",\"version\":12}}";

const char sample_feed[] =
                "{\"type\":\"feed\",\"version\":12,\"issued\":\"2026-11-21T00:00:00Z\",\"expires\":\"2027-02-21\","
                "\"kernels\":{\"ffeeddccbbaa99887766554433221100ffeeddcc\":{\"size\":300," SHA256 "},"
                "\"00112233445566778899aabbccddeeff00112233\":{\"size\":200," SHA256 "}}}";

const char sample_index[] =
                "{\"type\":\"index\",\"build_id\":\"00112233445566778899aabbccddeeff00112233\",\"release\":\"6.1.0-99-amd64\","
                "\"patches\":[{\"id\":\"fix\",\"version\":\"1.0\",\"severity\":\"important\",\"manifest\":{\"size\":1000," SHA256
                "},\"module\":{\"size\":4711," SHA256 "},\"zstd\":{\"size\":900," SHA256
                "},\"supersedes\":[\"old\"],"
                "\"depends\":[\"base\"],\"conflicts\":[\"other\"],\"cves\":[\"CVE-2026-1\"],\"channel\":\"beta\",\"not_before\":\"2026-11-21\","
                "\"percent\":10,\"ramp\":3600},{\"id\":\"bad\",\"version\":\"1.0\",\"manifest\":{\"size\":1000," SHA256
                "},\"module\":{\"size\":4711," SHA256
                "},\"withdrawn\":{\"action\":\"rollback\",\"reason\":\"It leaks.\"}}],"
                "\"reboot\":{\"kind\":\"unpatchable\",\"reason\":\"No function to replace.\"}}";
