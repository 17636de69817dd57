"""How units and the office behave in a simulation (推演): a pure function of the seed and the obligation.

Nothing here is random: the same seed and obligation give the same life, so a killed run goes on to the same end.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Rating, Role
from tracker.domain.workdays import SHANGHAI, Calendar, add_working_days

MARK = "【演示】"

LEAD_LINES = (
    "召开推进会{a}次，形成工作清单{b}项，已办结{c}项",
    "印发配套办法{a}份，征求意见{b}条，采纳{c}条",
    "走访企业{b}户，收集技术需求{c}项，达成合作意向{a}项",
    "组织申报项目{b}个，通过评审{c}个，落实资金{d}万元",
)
CO_LINES = (
    "参与联合调研{a}次，反馈意见{b}条",
    "协调解决用地、用水、用电等问题{b}个",
    "提供数据{b}项，组织政策宣讲{a}场，覆盖企业{c}户",
    "按分工完成事项{a}项，报送佐证材料{b}份",
)
PROBLEMS = ("部分事项手续办理较慢", "专业人才不足", "配套资金尚未全部到位", "企业申报积极性不高")
REASON = "无量化进展：请写清做到哪一步。"
PLANS = ("下季度完成评审并公布结果", "月底前召开协调会", "按清单逐项销号", "组织一次现场核查")


@dataclass(frozen=True)
class Step:
    """One deed at a moment. `text` for save and submit, `reason` for a return, `judged` for an acceptance."""

    at: datetime
    deed: Deed
    text: ReportText | None = None
    reason: str = ""
    judged: Rating | None = None


class Dice:
    """Numbers drawn from a hash of what they are for."""

    def __init__(self, *of: object) -> None:
        self._of = "|".join(map(str, of))

    def draw(self, what: str, below: int) -> int:
        digest = hashlib.sha256(f"{self._of}|{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % below


def life_of(seed: int, *, task: str, unit: str, period: str, role: Role, opened_at: datetime, due_at: datetime,
            cal: Calendar) -> tuple[Step, ...]:
    """Every step that the unit and the office will do on one obligation, in order of time.

    About three in four report on time, one in six late, the rest stay silent; one in eight is returned once.
    """
    dice = Dice(seed, period, task, unit)
    habit = dice.draw("habit", 100)
    if habit >= 92:
        return ()
    day = due_at.astimezone(SHANGHAI).date()
    submitted_on = add_working_days(day, -dice.draw("early", 6), cal) if habit < 76 \
        else add_working_days(day, 1 + dice.draw("late", 12), cal)
    submitted = _at(submitted_on, 9 + dice.draw("hour", 8), dice.draw("minute", 60))
    submitted = max(submitted, opened_at + timedelta(hours=2))
    text = _text(dice, role)
    steps = [Step(submitted - timedelta(minutes=30), Deed.save, text), Step(submitted, Deed.submit, text)]
    handled = submitted_on
    if dice.draw("returned", 8) == 0:
        handled = add_working_days(handled, 1 + dice.draw("reviewed", 3), cal)
        steps.append(Step(_at(handled, 10, dice.draw("returned at", 60)), Deed.send_back, reason=REASON))
        if dice.draw("gives up", 6) == 0:
            return tuple(steps)
        handled = add_working_days(handled, 1 + dice.draw("again", 4), cal)
        text = _text(Dice(seed, period, task, unit, "again"), role)
        steps.append(Step(_at(handled, 11, dice.draw("again at", 60)), Deed.submit, text))
    if dice.draw("forgotten", 20) == 0:
        return tuple(steps)
    handled = add_working_days(handled, 1 + dice.draw("accepted", 4), cal)
    steps.append(Step(_at(handled, 15, dice.draw("accepted at", 60)), Deed.accept,
                      judged=text.self_rating if role is Role.lead else None))
    return tuple(steps)


def _text(dice: Dice, role: Role) -> ReportText:
    lines = LEAD_LINES if role is Role.lead else CO_LINES
    count = 2 if role is Role.lead else 1
    start = dice.draw("line", len(lines))
    said = "；".join(
        lines[(start + n) % len(lines)].format(
            a=1 + dice.draw(f"a{n}", 6), b=5 + dice.draw(f"b{n}", 30), c=2 + dice.draw(f"c{n}", 15),
            d=10 * (1 + dice.draw(f"d{n}", 40)))
        for n in range(count))
    mood = dice.draw("rating", 100)
    rating = Rating.behind if mood < 12 else Rating.ahead if mood < 22 else Rating.on_track
    lead = role is Role.lead
    return ReportText(
        progress=f"{MARK}{said}。", self_rating=rating,
        problems=f"{MARK}{PROBLEMS[dice.draw('problem', len(PROBLEMS))]}。" if lead or rating is Rating.behind else "",
        next_steps=f"{MARK}{PLANS[dice.draw('plan', len(PLANS))]}。" if lead else "")


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)
