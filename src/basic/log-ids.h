/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Message ids of the journal lines that other programs may rely on; systemd/kpatchd.catalog explains each.
 */
#define LOG_ID_APPLIED             "7965f62945624403be9a8d7eb84bf96e"
#define LOG_ID_APPLY_FAILED        "e384d86efc7449ce8802980ce12fc8c9"
#define LOG_ID_ROLLED_BACK         "32a74aa2e4574f649e801ec20c70e252"
#define LOG_ID_ROLLBACK_FAILED     "c6d9826c799a4e219f5cfbab298f169a"
#define LOG_ID_IMPORTED            "82d9ef65f9ee415c9178c181b0dae18f"
#define LOG_ID_IMPORTED_UNSIGNED   "cd578dc119a844f0ab13dc035ab80730"
#define LOG_ID_IMPORT_REFUSED      "6efde3c0df1f4b92a4803782b8aea8a5"
#define LOG_ID_REAPPLIED           "f7c273b283d8462da48ff988dc0da7e0"
#define LOG_ID_REAPPLY_SKIPPED     "3fcd7ed112464f70b38855c71849296d"
#define LOG_ID_STATE_LOST          "fd8bfcbcf7d94af59698741e9799b050"
#define LOG_ID_INTERRUPTED         "00192ed6ff0f4e3fa25ac7cc11ef268c"
#define LOG_ID_CRASHED             "f1b2d981f3a94b34ac71f157c3fba1e9"
#define LOG_ID_QUARANTINED         "87545dddf62d4a7181bb3abf42c645ae"
#define LOG_ID_REAPPLY_DONE        "7355aa71bccc414885dee935ef6f1304"
#define LOG_ID_QUARANTINE_CLEARED  "5bf4f4d26922432e99c0f6aca0b79254"
#define LOG_ID_UNDO_FAILED         "d740fa4b435e45eaaf919accfd18b4eb"
#define LOG_ID_FORCED              "68a74b9da29342d79b31a71e9cf4bdf7"
#define LOG_ID_TRANSITION_GOES_ON  "a8f1c2704b6d4f0fa2b94f3c0e57d1a6"
#define LOG_ID_GENERATION_BACK     "1331b8c766cb48faaf716c2d7b482f9a"
#define LOG_ID_GENERATION_NOT_BACK "ec3e9f553bd049eeb7884b4fb8adf7fc"
#define LOG_ID_HELD                "37d51f76046c4f90a77d1db1b8c6522e"
#define LOG_ID_UNHELD              "fe3bf53bb75f471f943b65308951a6e9"
#define LOG_ID_REFRESHED           "bf7aeb353ee147efbaa672f52dca5171"
#define LOG_ID_REFRESH_FAILED      "f6f4db2408334eba8f448cdbeeaf1beb"
#define LOG_ID_FEED_STALE          "e8f98d93588c4d4cb970e61fc5f50ba4"
#define LOG_ID_REMOVED             "660caee8bd15462c94b94bda22628a98"
#define LOG_ID_UNLOAD_FAILED       "8c1fcf61003746fa85a75411a0a627ca"
