"""What checks of the battery share: the scene that access is tried in."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.battery.world import World


@pytest.fixture
def world(app: Flask, session: Session) -> World:
    return World(app, session)
