"""How often a check of the battery runs, and the line it ends in."""
from __future__ import annotations

import os

FULL = os.environ.get("BATTERY_ROUNDS") == "full"


def rounds(few: int, full: int) -> int:
    """`few` in `make test`, `full` in `make battery`."""
    return full if FULL else few


def held(check: str, *, tried: int, figure: str) -> None:
    """The last line of a check that held."""
    print(f"BATTERY {check} tried={tried} held={tried} figure={figure}")
