# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a feed's publisher makes, with other means than the project's own, so that a test can also make what no honest
publisher would; and the downloader, started as systemd would start it."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from patchkit import KERNEL_BUILD_ID, ROOT, Key, Patch, seal
from world import BUILD, World

FEED = "application/vnd.kpatchd.feed+json"
TIMESTAMP = "application/vnd.kpatchd.timestamp+json"
DAY = 86400


def date(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def reference(data: bytes) -> dict:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def object_path(ref: dict) -> str:
    return f"objects/{ref['sha256'][:2]}/{ref['sha256']}"


@dataclass
class Publisher:
    """A feed in a folder. Fields can be changed before publish() is called."""
    tree: Path
    keys: dict[str, Key] = field(default_factory=lambda: {r: Key() for r in ("root", "patch", "feed", "timestamp")})
    root_version: int = 1
    root_expires: float = field(default_factory=lambda: time.time() + 365 * DAY)
    version: int = 0
    timestamp_version: int = 0
    expires_in: float = 7 * DAY
    build_id: str = KERNEL_BUILD_ID
    compress: bool = False
    written: int = 1_000_000_000
    patches: dict[str, dict] = field(default_factory=dict)
    reboot: dict | None = None

    def __post_init__(self) -> None:
        self.tree.mkdir(parents=True)
        self.publish_root(self.keys["root"])

    def put(self, path: str, data: bytes) -> None:
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(target.name + ".new")
        beside.write_bytes(data)
        # A server's ETag is made of size and second.
        self.written += 1
        os.utime(beside, (self.written, self.written))
        beside.rename(target)

    def put_object(self, data: bytes) -> dict:
        self.put(object_path(reference(data)), data)
        return reference(data)

    def root(self, *signers: Key) -> bytes:
        keys = {key.id: {"type": "ed25519", "public": key.raw.hex()} for key in self.keys.values()}
        roles = {role: {"keys": [key.id], "threshold": 1} for role, key in self.keys.items()}
        payload = {"type": "root", "version": self.root_version, "expires": date(self.root_expires), "keys": keys,
                   "roles": roles}
        return seal(json.dumps(payload).encode(), ROOT, *signers)

    def publish_root(self, *signers: Key) -> bytes:
        data = self.root(*signers)
        self.put(f"root/{self.root_version}.json", data)
        return data

    def rotate(self, **keys: Key) -> None:
        """A new root, with other keys for some roles."""
        old = self.keys["root"]
        self.keys |= keys
        self.root_version += 1
        self.publish_root(*{key.id: key for key in (old, self.keys["root"])}.values())

    def add(self, patch: Patch, **more) -> dict:
        """Puts a patch's files into the tree and its entry into the next feed."""
        patch.key = self.keys["patch"]
        envelope, module = patch.files()
        manifest = patch.manifest(module)
        entry = {"id": patch.id, "version": patch.version, "severity": "important",
                 "manifest": self.put_object(envelope), "module": self.put_object(module)}
        for name in ("supersedes", "depends", "conflicts"):
            if name in manifest:
                entry[name] = manifest[name]
        if self.compress:
            packed = subprocess.run(["zstd", "-q", "-c"], input=module, capture_output=True, check=True).stdout
            entry["zstd"] = self.put_object(packed)
        self.patches[patch.ref] = entry | more
        return self.patches[patch.ref]

    def index(self) -> dict:
        index = {"type": "index", "build_id": self.build_id, "release": "6.1", "patches": list(self.patches.values())}
        return index | ({"reboot": self.reboot} if self.reboot else {})

    def publish(self, **kernels: dict) -> None:
        """A new feed and a new timestamp. kernels: of others, references of their indexes."""
        self.version += 1
        index = self.put_object(json.dumps(self.index()).encode())
        payload = {"type": "feed", "version": self.version, "issued": date(time.time() - 60),
                   "expires": date(time.time() + 90 * DAY), "kernels": {self.build_id: index} | kernels}
        self.feed = seal(json.dumps(payload).encode(), FEED, self.keys["feed"])
        self.put_object(self.feed)
        self.publish_timestamp()

    def publish_timestamp(self, **fields) -> None:
        self.timestamp_version += 1
        now = time.time()
        payload = {"type": "timestamp", "version": self.timestamp_version, "issued": date(now - 60),
                   "expires": date(now + self.expires_in), "root": self.root_version,
                   "feed": reference(self.feed) | {"version": self.version}} | fields
        self.put("timestamp.json", seal(json.dumps(payload).encode(), TIMESTAMP, self.keys["timestamp"]))

    def copy(self, name: str) -> Path:
        return Path(shutil.copytree(self.tree, self.tree.parent / name))


class Helper:
    """Starts a program for each connection, as systemd does for a socket with Accept=yes."""

    def __init__(self, path: Path, program: str, **environment: str):
        self.path, self.program, self.environment = path, program, environment
        self.started: list[subprocess.Popen] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.started.append(subprocess.Popen([BUILD / self.program], stdin=connection,
                                                     stderr=subprocess.PIPE, text=True,
                                                     env=os.environ | self.environment))

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for process in self.started:
            _, log = process.communicate(timeout=30)  # each ends when kpatchd hangs up
            assert process.returncode == 0 and not log, log


class Downloader(Helper):
    def __init__(self, path: Path, **environment: str):
        super().__init__(path, "src/fetch/kpatchd-fetch", **environment)


def subscribe(world: World, publisher: Publisher, url: str | list[str], name: str = "shop", **settings: str) -> None:
    urls = [url] if isinstance(url, str) else url
    text = "[Feed]\n" + "".join(f"URL={u}\n" for u in urls) + "".join(f"{k}={v}\n" for k, v in settings.items())
    Path(world.folder, f"etc/feeds.d/{name}.conf").write_text(text)
    root = Path(world.folder, f"etc/feeds.d/{name}.root.json")
    if not root.exists():
        root.write_bytes((publisher.tree / "root/1.json").read_bytes())


def refresh(world: World, name: str = "") -> str:
    return world.wait(world.start_change("Refresh", name))
