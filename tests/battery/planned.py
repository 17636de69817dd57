"""A year plan in the whole office's scene (全场).

州科技局's plan of task 1: one milestone that 州财政局 owns is open, one is done with a file.
"""
from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.conftest import NOW
from tracker.domain.year_plan import TypedRow
from tracker.models import Milestone
from tracker.services import milestones, year_plans
from tracker.services.file_store import receive

if TYPE_CHECKING:
    from tests.battery.world import World

EARLIER = NOW - timedelta(days=1)


def add_year_plan(world: World, picture: bytes) -> None:
    """Filed, approved, one milestone done with the picture; the ids are in `world.ids`."""
    session, lead, office = world.session, world.actor("clerk/lead"), world.actor("supervisor")
    number = world.ids["task_sign"]
    rows = [TypedRow("建成平台", "2026-11-30", str(world.units["own"].id)),
            TypedRow("印发方案", "2026-10-31", str(world.units["lead"].id))]
    plan = year_plans.write_plan(session, lead, number, 2026, rows, plan_id=0, version=0, filing=True, at=EARLIER)
    year_plans.approve_plan(session, office, number, 2026, plan_id=plan.id, version=plan.version, at=EARLIER)
    for one in session.query(Milestone).filter_by(year_plan_id=plan.id).order_by(Milestone.id).all():
        world.ids["milestone_open" if one.position == 1 else "milestone_done"] = one.id
    with receive(session, io.BytesIO(picture), "发文.png") as file:
        milestones.report_done(session, lead, world.ids["milestone_done"], done_on=date(2026, 10, 7),
                               statement="已印发", files=(file,), at=EARLIER)
    page = milestones.milestone_page(session, lead, world.ids["milestone_done"], EARLIER)
    assert isinstance(page, milestones.MilestonePage)
    world.ids |= {"file_milestone": page.row.files[0].id, "year_plan": plan.id, "year_plan_v": plan.version}
