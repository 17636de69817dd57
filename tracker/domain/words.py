"""The words of the office (用语): every state, role and deed with its Chinese label, once.

Each enum member's value is what the database and the API hold; `label` is what a person reads.
"""
from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A StrEnum whose members carry the Chinese word that a user sees (`label`)."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class UnitKind(Word):
    """单位类别. Vertical units (中央垂管) are not the prefecture's subordinates: a 函, never a 督办通知单."""

    department = "department", "州政府部门"
    county = "county", "市县政府"
    outpost = "outpost", "派出机构"
    park = "park", "园区管委会"
    vertical = "vertical", "中央垂管单位"


class Role(Word):
    """责任: how a unit stands to a task. The order is the strength (a stronger role replaces a weaker one)."""

    lead = "lead", "牵头"
    co = "co", "配合"
    standing_co = "standing_co", "常态配合"


class Basis(Word):
    """How the lead was found: named in the text, first in the line, or 按职责分工负责 (each within its duty)."""

    named = "named", "原文指明"
    first_listed = "first_listed", "列第一位"
    duties_apart = "duties_apart", "按职责分工"


class TaskState(Word):
    not_started = "not_started", "未启动"
    in_progress = "in_progress", "办理中"
    completion_requested = "completion_requested", "申请办结"
    closed = "closed", "已办结"
    suspended = "suspended", "暂缓"
    cancelled = "cancelled", "取消"


class State(Word):
    """State of an obligation (应报事项). Without sign-off `submitted` reads 待审核."""

    pending = "pending", "待填报"
    draft = "draft", "草稿"
    submitted = "submitted", "待审核"
    signed = "signed", "待审核"
    accepted = "accepted", "已通过"
    returned = "returned", "已退回"
    waived = "waived", "免报"


class Deed(Word):
    """A step in the life of an obligation (办理动作); the word on the button and in the history."""

    save = "save", "存草稿"
    submit = "submit", "提交"
    withdraw = "withdraw", "撤回"
    sign = "sign", "签发"
    send_to_clerk = "send_to_clerk", "退回修改"
    accept = "accept", "通过"
    send_back = "send_back", "退回"
    waive = "waive", "免报"
    undo = "undo", "撤销"                    # the office takes back its own decision
    enter_for = "enter_for", "代填"          # the office types in what a unit answered by telephone or on paper
    confirm = "confirm", "确认"              # the unit confirms what was entered for it


class Source(Word):
    """How a report came (来源): from the unit itself, or entered for it by the office (代填)."""

    unit = "unit", "单位填报"
    telephone = "telephone", "电话答复"
    paper = "paper", "书面答复"


class FileKind(Word):
    """What a file is by its content (文件类型), whatever its name says."""

    pdf = "pdf", "PDF"
    word = "word", "Word"
    excel = "excel", "Excel"
    wps = "wps", "WPS"
    ofd = "ofd", "OFD"
    image = "image", "图片"
    zip = "zip", "ZIP"


class Purpose(Word):
    """What an attached file is for (附件用途)."""

    evidence = "evidence", "佐证材料"
    answer = "answer", "代填依据"            # the scan behind a 代填
    slip = "slip", "报送单扫描件"
    milestone = "milestone", "节点佐证"
    completion = "completion", "办结佐证"
    inspection = "inspection", "核查材料"
    extension = "extension", "延期依据"


class PlanState(Word):
    """年度计划 of a task: drafted and filed by the lead, approved or returned by the office."""

    draft = "draft", "起草中"
    filed = "filed", "待批准"
    approved = "approved", "已批准"
    returned = "returned", "已退回"


class InspectionKind(Word):
    """How the office looked for itself (核查方式)."""

    telephone = "telephone", "电话核查"
    on_site = "on_site", "现场核查"
    papers = "papers", "调阅资料"


class Grade(Word):
    """How a task was closed (销号等次)."""

    excellent = "excellent", "优"
    good = "good", "良"
    passed = "passed", "合格"
    failed = "failed", "不合格"


class Scope(Word):
    """口径 of a measure's value: summed up since the plan began, or of the period alone."""

    cumulative = "cumulative", "累计"
    period = "period", "本期"


class TaskDeed(Word):
    """A step in the life of a task (任务办理动作)."""

    ask_closing = "ask_closing", "申请办结"
    refuse_closing = "refuse_closing", "不予办结"
    close = "close", "销号"
    reopen = "reopen", "重新启动"
    suspend = "suspend", "暂缓"
    resume = "resume", "恢复办理"
    cancel = "cancel", "取消"


class Extended(Word):
    """What a due date is extended of (延期事项)."""

    report = "report", "报告"
    milestone = "milestone", "节点"
    task = "task", "任务"


class Stretch(Word):
    """In what an extension is counted (延长的单位)."""

    working_days = "working_days", "个工作日"
    days = "days", "天"


class Rating(Word):
    """自评 by the unit, 认定 by the office: how the work stands to the share of time gone (序时)."""

    ahead = "ahead", "超序时"
    on_track = "on_track", "达序时"
    behind = "behind", "欠序时"
    not_started = "not_started", "未启动"
    done = "done", "已完成"


class Colour(Word):
    red = "red", "红灯"
    yellow = "yellow", "黄灯"
    green = "green", "绿灯"
    blue = "blue", "蓝灯"
    grey = "grey", "灰灯"


class Ground(Word):
    """What a lamp stands on (依据)."""

    none = "none", "—"
    self_reported = "self_reported", "自报"
    evidenced = "evidenced", "有佐证"
    inspected = "inspected", "已核查"


class Delivery(Word):
    """报送情况 of an obligation at a moment; 迟报 and 逾期 carry a count of working days beside it."""

    not_due = "not_due", "未到期"
    on_time = "on_time", "按时"
    late = "late", "迟报"
    overdue = "overdue", "逾期"
    returned = "returned", "退回"
    waived = "waived", "免报"


class Cadence(Word):
    """How often (频次). Period keys: 2026-11, 2026Q3, 2026H2, 2026."""

    month = "month", "每月"
    quarter = "quarter", "每季度"
    half = "half", "每半年"
    year = "year", "每年"


class Job(Word):
    open_periods = "open_periods", "开启报告期"
    flag_overdue = "flag_overdue", "标记逾期"
    draft_sheets = "draft_sheets", "生成督查表草稿"
    sweep_files = "sweep_files", "清理上传残留"


class SheetKind(Word):
    ledger = "ledger", "督办台账"
    overdue = "overdue", "逾期清单"


class UserRole(Word):
    """账号角色. `admin` (and `auditor`) never mixes with a business role."""

    clerk = "clerk", "填报员"
    head = "head", "审签人"
    supervisor = "supervisor", "督查员"
    leader = "leader", "领导"
    admin = "admin", "系统管理员"
    auditor = "auditor", "审计员"


class Comparison(Word):
    """How an indicator (主要目标) is judged."""

    at_least = "at_least", "不低于目标值"
    yearly_growth = "yearly_growth", "年均增长"
    not_below_last_year = "not_below_last_year", "不低于上一年度"


class MeasureKind(Word):
    """具体举措: a sum of money, a document to draw up or revise, a count."""

    sum = "sum", "资金"
    document = "document", "文件"
    quantity = "count", "数量"


class DueKind(Word):
    """应报时限 of a period's reports: the n-th working day after it, or day n of its last month."""

    working_day_after = "working_day_after", "期满后第n个工作日"
    day_of_month = "day_of_month", "期末月第n日"


class Shift(Word):
    """Where a due day goes that is no working day (遇节假日)."""

    before = "before", "提前到前一个工作日"
    after = "after", "顺延到后一个工作日"


class ClauseEffect(Word):
    """What a standing sentence (统一规定) of a notice does to the tasks after it."""

    standing_co = "standing_co", "以下各项任务均为常态配合单位"
