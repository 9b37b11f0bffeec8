# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client_world import World  # noqa: E402


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
