# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of publishing share: a feed's folder, and what is done with it again and again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tap import Feed

USAGE, INVALID_ARGUMENT, NO_SUCH_PATCH, VERSION_CONFLICT = 2, 10, 12, 16
ROOT_INVALID, KEY_UNKNOWN, SIGNATURE, DIGEST, ROOT_EXPIRED, NAME = 21, 24, 25, 27, 29, 11
METADATA, MISMATCH, ROLLBACK, EXPIRED, INCOMPLETE = 80, 81, 82, 83, 84
BUILD_ID = "00112233445566778899aabbccddeeff00112233"
OTHER_BUILD_ID = "ffeeddccbbaa99887766554433221100ffeeddcc"
ROOT = ("--root", "feed.root.json")


def start(feed: Feed, *, threshold: int = 1) -> None:
    """A folder `work` with the signed patch demo=1.0 in it, and its keys."""
    for role in ("feed", "second", "time"):
        feed.run("keygen", f"{role}.pem")
    feed.run("root", "--key", "root=root.pem.pub", "--key", "patch=patch.pem.pub", "--key", "feed=feed.pem.pub",
             "--key", "feed=second.pem.pub", "--threshold", f"feed={threshold}", "--key", "timestamp=time.pem.pub",
             "--expires", "2030-01-01", "--out", "feed.json")
    feed.run("sign", "--key", "root.pem", "--type", "root", "feed.json", "--out", "feed.root.json")
    feed.run("init", *ROOT, "work")
    feed.run("add", "--dir", "work", "manifest.dsse", "demo.ko")


def sign_feed(feed: Feed, *more: str) -> None:
    feed.run("stage", "--dir", "work", *more)
    feed.run("sign", "--dir", "work", "--type", "feed", "--key", "feed.pem")


def publish(feed: Feed) -> None:
    feed.run("timestamp", "--dir", "work", "--key", "time.pem")
    feed.run("publish", "--dir", "work", "tree")


def started(feed: Feed) -> None:
    start(feed)
    sign_feed(feed)
    publish(feed)


def add(feed: Feed, patch: str, version: str, *more: str, kind: str = "core") -> None:
    feed.module(kind, f"{patch}.ko")
    feed.run("manifest", f"{patch}.ko", "--id", patch, "--version", version, "--title", "t", "--out", "new.json")
    feed.run("sign", "--type", "manifest", "--key", "patch.pem", "new.json", "--out", "new.dsse")
    feed.run("add", "--dir", "work", "new.dsse", f"{patch}.ko", *more)


def payload(feed: Feed, name: str) -> dict:
    shown = feed.run("show", name)
    return json.loads(shown[shown.index("{"):])


def snapshot(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def index_of(feed: Feed, tree: str, build_id: str = BUILD_ID) -> dict:
    """The index that a reader of a tree finds, by hand."""
    folder = feed.folder / tree

    def of(reference: dict) -> str:
        return f"objects/{reference['sha256'][:2]}/{reference['sha256']}"

    listed = payload(feed, f"{tree}/{of(payload(feed, f'{tree}/timestamp.json')['feed'])}")
    return json.loads((folder / of(listed["kernels"][build_id])).read_bytes())
