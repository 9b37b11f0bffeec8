# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that is full, or read-only, in the middle of a refresh: said in one sentence, nothing is half done, and with the disk
all right again the next refresh works."""

import json
import time
from pathlib import Path

import pytest
from diskkit import leave, read_only, state_disk
from feedkit import refresh
from patchkit import Patch
from test_refresh import feed_property
from world import NAME, JobFailed

@pytest.fixture
def small(host):
    with state_disk(host):
        yield host


def versions(world) -> tuple[int, int]:
    path = Path(world.folder, "var/feeds/shop/trust.json")
    trust = json.loads(path.read_text()) if path.exists() else {}
    return trust.get("feed", {}).get("version", 0), trust.get("timestamp", {}).get("version", 0)


def patches_are_whole(world) -> None:
    assert "as they were signed" in world.wait(world.start_change("Verify", ""))


def test_full_disk(small, publisher, key):
    """From full to nearly roomy enough: whatever it is that finds no room, it is said so and comes later."""
    publisher.publish()
    refresh(small)
    publisher.add(Patch(key, modinfo={"filler": "x" * 200000}))
    publisher.publish()
    refused, before = 0, versions(small)
    for free in [0, 4096, 16384, 65536, 131072, 262144, 393216]:
        leave(small, free)
        began = int(time.time())
        try:
            refresh(small)
        except JobFailed as error:
            refused += 1
            assert error.name == "NoSpace" and error.message.endswith("free some space and try again."), str(error)
            assert small.patches() == {}, free
            # Also where that could not be written down.
            assert feed_property(small, "Error") == (f"{NAME}.Error.NoSpace", error.message.removeprefix("Feed shop: ")), free
            assert feed_property(small, "LastAttempt") >= began, free
        else:
            assert feed_property(small, "Error") == ("", ""), free
        assert versions(small) >= before
        before = versions(small)
    assert refused >= 3
    Path(small.folder, "var/filler").unlink()
    refresh(small)
    assert small.patches() == {"fix-cmdline=1": "stored"} and feed_property(small, "Error") == ("", "")
    patches_are_whole(small)
    assert not list(Path(small.folder, "var/feeds/shop/partial").iterdir())


def test_read_only_disk(small, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    refresh(small)
    publisher.add(Patch(key, version="2"))
    publisher.publish()
    before = small.tree("var")
    read_only(small)
    for change in (lambda: refresh(small), lambda: small.apply("fix-cmdline")):
        with pytest.raises(JobFailed, match="ReadOnly"):
            change()
    assert small.patches() == {"fix-cmdline=1": "stored"} and small.tree("var") == before
    # A daemon that starts then shows what there is.
    small.stop()
    small.start()
    assert small.patches() == {"fix-cmdline=1": "stored"}
    read_only(small, False)
    refresh(small)
    assert small.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "stored"}
    patches_are_whole(small)
