"""Where templates, the plan and the data lie: in a checkout and in a wheel."""
from __future__ import annotations

import sysconfig
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "setup.cfg").is_file() else None
TEMPLATES = (CHECKOUT or PACKAGE) / "templates"
STATIC = PACKAGE / "static"
MIGRATIONS = PACKAGE / "migrations"
SEED = (CHECKOUT or Path(sysconfig.get_path("data")) / "share" / "tracker") / "seed_tasks.yaml"
DATA = CHECKOUT / "data" if CHECKOUT else Path("tracker-data")
