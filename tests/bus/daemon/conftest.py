# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from feedkit import Downloader, Publisher, subscribe  # noqa: E402
from patchkit import Key, Patch, make_root  # noqa: E402
from webkit import Nginx  # noqa: E402
from world import ACTIONS, BUILD, World  # noqa: E402


@pytest.fixture
def key():
    return Key()


@pytest.fixture
def world(tmp_path, key):
    """A host whose polkit allows everything and whose trust root has key."""
    world = World(tmp_path)
    try:
        Path(tmp_path, "etc/feeds.d/test.root.json").write_bytes(make_root(key))
        world.start_polkit(*ACTIONS)
        world.start()
        yield world
    finally:
        world.close()


@pytest.fixture
def patch(key):
    return Patch(key)


@pytest.fixture
def stored(world, patch):
    world.do_import(patch)
    return patch


@pytest.fixture
def run_reapply(world):
    """Runs kpatchd --reapply, which needs no bus: exit status and log."""
    def run() -> tuple[int, str]:
        environment = world.env | {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
        done = subprocess.run([BUILD / "src/daemon/kpatchd-test", "--reapply"], env=environment,
                              capture_output=True, text=True, timeout=60)
        assert "Sanitizer" not in done.stderr, done.stderr
        return done.returncode, done.stderr
    return run


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "tree")


@pytest.fixture
def nginx(tmp_path, publisher):
    nginx = Nginx(tmp_path / "nginx", publisher.tree)
    yield nginx
    nginx.close()


@pytest.fixture
def host(world, nginx, publisher, tmp_path):
    """A world with a downloader, and the publisher's feed behind a real server."""
    downloader = world.downloader = Downloader(tmp_path / "fetch")
    try:
        subscribe(world, publisher, nginx.url)
        world.stop()
        world.start()  # as of boot, with the feed
        yield world
    finally:
        try:
            world.stop()
        finally:
            downloader.close()
