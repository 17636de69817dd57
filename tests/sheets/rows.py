"""Rows for the sheets' tests: the 19 tasks of the plan with made-up reports, visibly 演示.

`tasks()` is a whole period as the office might see it: on time, late, overdue, returned, waived, 待补录.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from tracker.domain.rows import DutyRow, Lamp, OverdueRow, ReportText, SheetFacts, TaskRow
from tracker.domain.words import Colour, Delivery, Ground, Rating, Role, State, UnitKind
from tracker.notices.plan_file import read_plan
from tracker.notices.schema import PlanFile, Task
from tracker.paths import SEED
from tracker.sheets.overdue import BANDS

AS_OF = datetime(2025, 10, 22, 10, 0, tzinfo=UTC)                       # 18:00 in Shanghai
LEAD_DUE, CO_DUE = datetime(2025, 10, 14, 10, 0, tzinfo=UTC), datetime(2025, 10, 11, 10, 0, tzinfo=UTC)
GREEN = Lamp(Colour.green, "正常", "认定达序时", Ground.evidenced)
LEAD_TEXTS = (
    "【演示】印发《演示任务分工清单》，细化事项23项；“包干制”试点已确定演示项目6项，成果赋权试点单位2家完成内部制度备案。",
    "【演示】《演示平台认定管理办法》完成第二轮征求意见，收到意见31条、采纳22条；规划形成初稿，跨州资源统筹机制调研已赴2个市州。",
    "【演示】演示专项资金3000万元已列入年度预算，累计下达1860万元，占62%；完成18个项目绩效目标备案，3个县设立配套专项。",
)
CO_TEXTS = (
    "【演示】开展专项检查5次，问题整改率达到90%。", "【演示】按分工完成方案会签，正在开展现场核查。",
    "【演示】参与联合调研3次，反馈修改意见25条。", "【演示】协调解决用地、用水、用电等问题4个。",
    "【演示】已明确分管负责人和联络员，提供相关数据28项。",
)


def facts(**others: object) -> SheetFacts:
    """The plan's, for 2025Q3 as of 22 October 2025, 18:00; a demo unless told otherwise."""
    plan = the_plan()
    usual = SheetFacts(
        plan_key=plan.key, plan_title=plan.title, plan_short_name=plan.short_name, plan_header_name=plan.header_name,
        doc_number=plan.doc_number, issued_on=plan.issued_on, valid_until=plan.valid_until, office="州政府督查室",
        period_key="2025Q3", period_label="2025年第三季度", as_of=AS_OF, elapsed=0.13, demo=True,
        issue_number="督字〔2025〕15号", base_url="http://127.0.0.1:5000", standing_units=plan.standing.units,
        rules=("牵头件应报时限：报告期结束后第5个工作日18:00。", "配合件比牵头件早2个工作日。"))
    return replace(usual, **others)


def tasks() -> list[TaskRow]:
    """All 19, each with its units' parts; tasks 3 and 18 with what is new, 7 overdue, 9 returned, 19 待补录."""
    rows = [task(number) for number in range(1, 20)]
    rows[2] = with_lead(rows[2], previous=ReportText(progress=LEAD_TEXTS[2].split("；")[0] + "。"))
    rows[6] = with_lead(rows[6], state=State.pending, delivered_at=None, delivery=Delivery.overdue, late_days=6,
                        report=None)
    rows[6] = replace(rows[6], judged=None,
                      lamp=Lamp(Colour.red, "滞后", "节点“演示管理办法印发”9月30日到期未完成"))
    rows[8] = with_lead(rows[8], state=State.returned, delivery=Delivery.returned,
                        return_reason="【演示】数据与上期不一致")
    behind = replace(rows[9].lead.report, self_rating=Rating.behind, matters="【演示】请协调用地指标。")
    rows[9] = with_lead(rows[9], report=behind)
    rows[9] = replace(rows[9], judged=Rating.behind, lamp=Lamp(Colour.yellow, "预警", "本期欠序时", Ground.inspected))
    rows[15] = replace(rows[15], lamp=Lamp(Colour.blue, "已办结", "10月9日销号", Ground.inspected))
    return rows


def task(number: int, /, **others: object) -> TaskRow:
    """One task of the plan with a report from each of its units."""
    plan = the_plan()
    source = plan.tasks[number - 1]
    section = next(section for section in plan.sections if section.number == source.section)
    standing = tuple(unit for unit in plan.standing.units if unit not in source.units)
    short = "".join(unit.removesuffix("人民政府") for unit in plan.standing.units if unit in source.units)
    missing = len(plan.standing.units) - len(standing)
    word = "已单列" if not standing else f"{len(standing)}家" + (f"（除{short}）" if missing else "")
    row = TaskRow(
        number=source.number, title=source.title, body=source.body, source_complete=source.source_complete,
        section=section.heading, part=section.part, due_on=date(2027, 12, 31), earlier_due_on=(), standing=standing,
        standing_word=word, as_written=source.as_written or "", judged=Rating.on_track, lamp=GREEN,
        duties=duties(source))
    if not row.duties:
        row = replace(row, judged=None, lamp=Lamp(Colour.grey, "待补录", "来源文件截断，待补录责任单位"))
    return replace(row, **others)


def duties(source: Task) -> tuple[DutyRow, ...]:
    kinds = {unit.name: unit.kind for unit in the_plan().units}
    return tuple(duty(unit=name, unit_kind=kinds[name], role=Role.co if n else Role.lead, n=int(source.number) + n)
                 for n, name in enumerate(source.units))


def duty(*, role: Role = Role.lead, n: int = 0, **others: object) -> DutyRow:
    """A part delivered a day before it was due; `n` varies the made-up words."""
    lead = role is Role.lead
    report = ReportText(
        progress=LEAD_TEXTS[(n - 1) % 3] if lead else CO_TEXTS[n % 5], self_rating=Rating.on_track, percent=10 + n % 20,
        problems="【演示】部分配套资金未落实。" if lead else "",
        next_steps="【演示】11月15日前督促未安排的地区明确资金来源。" if lead else "")
    due_at = LEAD_DUE if lead else CO_DUE
    usual = DutyRow(
        role=role, unit="州科技局", unit_kind=UnitKind.department, owed=True, state=State.accepted, due_at=due_at,
        delivered_at=due_at - timedelta(days=1), delivery=Delivery.on_time, report=report)
    return replace(usual, **others)


def with_lead(row: TaskRow, **others: object) -> TaskRow:
    """The task with another part of its lead."""
    parts = (replace(part, **others) if part.role is Role.lead else part for part in row.duties)
    return replace(row, duties=tuple(parts))


def overdue_rows() -> list[OverdueRow]:
    """Seven lines in three bands, shortest first (the sheet puts the longest first)."""
    names = [("国家金融监督管理总局海西监管分局", 7), ("冷湖科技创新产业园区管委会", 15), ("州发展改革委", 10),
             ("州林草局", 12), ("州文体旅游广电局", 15), ("州工业和信息化局", 4), ("州应急管理局", 17)]
    days = (5, 6, 8, 8, 9, 1, 2)
    return [overdue_row(unit=unit, task_number=str(number), title=the_plan().tasks[number - 1].title, late_days=late,
                        band=BANDS[0 if n < 2 else 1 if n < 5 else 4], role=Role.lead if n < 2 else Role.co,
                        state="逾期未报" if n != 3 and n < 5 else "退回未重报" if n == 3 else "迟报已补")
            for n, ((unit, number), late) in enumerate(zip(names, days, strict=True))]


def overdue_row(**others: object) -> OverdueRow:
    usual = OverdueRow(
        band=BANDS[0], unit="州科技局", role=Role.lead, task_number="1", title="落实科技体制机制改革任务",
        owed="2025年第三季度进展报告", due_at=LEAD_DUE, state="逾期未报", late_days=6,
        chased="【演示】已催办6次，最近10月22日，已升级至分管领导", excuse="【演示】经办人调整，材料正在汇总",
        demand="【演示】10月24日18:00前报送；书面说明原因")
    return replace(usual, **others)


@cache
def the_plan() -> PlanFile:
    return read_plan(SEED)
