"""Who may do what (权限): the one table of resource, deed and roles. Other units' rows: services/access.py.

docs/permissions.md is printed from here; every route of the pages names its act in web/guard.py.
"""
from __future__ import annotations

from enum import StrEnum
from typing import Self

from tracker.domain.actors import Actor
from tracker.domain.words import UserRole


class Act(StrEnum):
    """What a person may do: on what (resource) which deed. Each route names one, each service checks its own."""

    resource: str
    deed: str

    def __new__(cls, value: str, resource: str = "", deed: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.resource, member.deed = resource, deed
        return member

    keep_own_account = "keep_own_account", "本人账号", "改密码、字号，退出"
    switch_post = "switch_post", "本人账号", "换身份"
    start = "start", "首页", "打开（各角色到各自的首页）"
    report = "report", "进展报告", "填报、提交、撤回"
    sign = "sign", "进展报告", "审签、退回修改"
    review = "review", "进展报告", "审核：通过、退回、免报、认定、撤销"
    enter_for = "enter_for", "进展报告", "代填"
    confirm_entry = "confirm_entry", "进展报告", "确认代填"
    read_reports = "read_reports", "进展报告", "看（看得见哪些由可见范围定）"
    read_own_work = "read_own_work", "本单位待办", "看"
    read_done = "read_done", "本人已办", "看"
    read_slip = "read_slip", "报送单", "看、打印、传扫描件"
    keep_deputy = "keep_deputy", "委托代签", "设、收回"
    consolidate = "consolidate", "牵头汇总", "引用、催办、答复异议"
    object = "object", "牵头汇总", "对引用提异议"
    attach = "attach", "佐证材料", "传、取下"
    read_files = "read_files", "佐证材料", "看、下载"
    ask_purge = "ask_purge", "涉密误传", "申请清除"
    purge = "purge", "涉密误传", "清除、不清除"
    read_tasks = "read_tasks", "任务", "看台账和任务页"
    keep_plan = "keep_plan", "任务", "补录、增加"
    file_year_plan = "file_year_plan", "年度计划", "起草、报督查室"
    approve_year_plan = "approve_year_plan", "年度计划", "批准、退回，撤销节点完成"
    report_milestone = "report_milestone", "节点", "报完成"
    ask_extension = "ask_extension", "延期", "申请"
    decide_extension = "decide_extension", "延期", "同意、不同意"
    ask_closing = "ask_closing", "任务", "申请办结、部门办结"
    decide_closing = "decide_closing", "任务", "销号、不予办结、部门办结"
    keep_task_state = "keep_task_state", "任务", "暂缓、恢复、取消、重新启动"
    change_units = "change_units", "责任单位", "更名、并入、分设、调整责任"
    read_overview = "read_overview", "总览", "看"
    read_exports = "read_exports", "督查表", "看、下载"
    make_exports = "make_exports", "督查表", "生成"
    read_jobs = "read_jobs", "作业", "看"
    run_jobs = "run_jobs", "作业", "现在运行"
    keep_rules = "keep_rules", "设置", "看、改"
    keep_accounts = "keep_accounts", "账号", "建、导入、停用、重置、改角色、交接"
    read_audit = "read_audit", "审计日志", "看、核验"


_CLERK, _HEAD, _SUPERVISOR = UserRole.clerk, UserRole.head, UserRole.supervisor
_LEADER, _ADMIN, _AUDITOR = UserRole.leader, UserRole.admin, UserRole.auditor
_UNIT = frozenset({_CLERK, _HEAD})
_READERS = frozenset({_CLERK, _HEAD, _SUPERVISOR, _LEADER})

MATRIX: dict[Act, frozenset[UserRole]] = {
    Act.keep_own_account: frozenset(UserRole),
    Act.switch_post: _UNIT,
    Act.start: frozenset(UserRole),
    Act.report: frozenset({_CLERK}),
    Act.sign: frozenset({_HEAD}),
    Act.review: frozenset({_SUPERVISOR}),
    Act.enter_for: frozenset({_SUPERVISOR}),
    Act.confirm_entry: _UNIT,
    Act.read_reports: _READERS,
    Act.read_own_work: _UNIT,
    Act.read_done: frozenset({_CLERK, _HEAD, _SUPERVISOR}),
    Act.read_slip: frozenset({_CLERK, _HEAD, _SUPERVISOR}),
    Act.keep_deputy: frozenset({_HEAD}),
    Act.consolidate: frozenset({_CLERK}),
    Act.object: frozenset({_CLERK}),
    Act.attach: frozenset({_CLERK, _SUPERVISOR}),
    Act.read_files: _READERS,
    Act.ask_purge: frozenset({_CLERK, _HEAD, _SUPERVISOR}),
    Act.purge: frozenset({_SUPERVISOR}),
    Act.read_tasks: _READERS,
    Act.keep_plan: frozenset({_SUPERVISOR}),
    Act.file_year_plan: frozenset({_CLERK}),
    Act.approve_year_plan: frozenset({_SUPERVISOR}),
    Act.report_milestone: frozenset({_CLERK}),
    Act.ask_extension: frozenset({_CLERK}),
    Act.decide_extension: frozenset({_SUPERVISOR}),
    Act.ask_closing: frozenset({_CLERK}),
    Act.decide_closing: frozenset({_SUPERVISOR}),
    Act.keep_task_state: frozenset({_SUPERVISOR}),
    Act.change_units: frozenset({_SUPERVISOR}),
    Act.read_overview: frozenset({_SUPERVISOR, _LEADER}),
    Act.read_exports: frozenset({_SUPERVISOR, _LEADER}),
    Act.make_exports: frozenset({_SUPERVISOR}),
    Act.read_jobs: frozenset({_SUPERVISOR, _ADMIN}),
    Act.run_jobs: frozenset({_SUPERVISOR}),
    Act.keep_rules: frozenset({_SUPERVISOR}),
    Act.keep_accounts: frozenset({_ADMIN}),
    Act.read_audit: frozenset({_AUDITOR}),
}


def may(actor: Actor, act: Act) -> bool:
    """True if one of the actor's roles holds the act, or the system itself acts."""
    return actor.system or actor.has(*MATRIX[act])
