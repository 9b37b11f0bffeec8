# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client_world import BUILD, World  # noqa: E402


@pytest.fixture
def world(tmp_path):
    """A bus without kpatchd on it."""
    world = World(tmp_path)
    try:
        world.start_bus()
        yield world
    finally:
        world.close()


@pytest.fixture
def no_bus(tmp_path):
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def public_world():
    """A bus that other users can reach, too: pytest's own folders are closed to them."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for folder in (BUILD, *BUILD.parents):
        if not folder.stat().st_mode & 0o001:
            pytest.skip(f"other users may not enter {folder}")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        world = World(Path(folder))
        try:
            world.start_bus()
            yield world
        finally:
            world.close()
