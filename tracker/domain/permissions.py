"""Who may do what (权限): the one table of acts and roles. Other units' rows are refused by services/access.py."""
from __future__ import annotations

from enum import StrEnum

from tracker.domain.actors import Actor
from tracker.domain.words import UserRole


class Act(StrEnum):
    """What a person may do; each route names one, each service checks its own."""

    keep_own_account = "keep_own_account"       # 改自己的密码、字号，退出
    start = "start"                             # 打开首页，各角色到各自的首页
    report = "report"                           # 填报、提交、撤回本单位应报事项
    read_own_work = "read_own_work"             # 看本单位待办
    read_reports = "read_reports"               # 看进展报告（看得见哪些由 services/access.py 定）
    read_tasks = "read_tasks"                   # 看任务台账和任务页
    read_overview = "read_overview"             # 看总览
    review = "review"                           # 审核：通过、退回、免报、认定
    keep_plan = "keep_plan"                     # 补录、增加任务
    read_exports = "read_exports"               # 看、下载督查表
    make_exports = "make_exports"               # 生成督查表
    read_jobs = "read_jobs"                     # 看作业
    run_jobs = "run_jobs"                       # 现在运行作业
    keep_accounts = "keep_accounts"             # 建账号、重置密码、停用启用、改角色


_CLERK, _HEAD, _SUPERVISOR = UserRole.clerk, UserRole.head, UserRole.supervisor
_LEADER, _ADMIN = UserRole.leader, UserRole.admin

MATRIX: dict[Act, frozenset[UserRole]] = {
    Act.keep_own_account: frozenset(UserRole),
    Act.start: frozenset(UserRole),
    Act.report: frozenset({_CLERK}),
    Act.read_own_work: frozenset({_CLERK, _HEAD}),
    Act.read_reports: frozenset({_CLERK, _HEAD, _SUPERVISOR, _LEADER}),
    Act.read_tasks: frozenset({_CLERK, _HEAD, _SUPERVISOR, _LEADER}),
    Act.read_overview: frozenset({_SUPERVISOR, _LEADER}),
    Act.review: frozenset({_SUPERVISOR}),
    Act.keep_plan: frozenset({_SUPERVISOR}),
    Act.read_exports: frozenset({_SUPERVISOR, _LEADER}),
    Act.make_exports: frozenset({_SUPERVISOR}),
    Act.read_jobs: frozenset({_SUPERVISOR, _ADMIN}),
    Act.run_jobs: frozenset({_SUPERVISOR}),
    Act.keep_accounts: frozenset({_ADMIN}),
}


def may(actor: Actor, act: Act) -> bool:
    """True if one of the actor's roles holds the act, or the system itself acts."""
    return actor.system or actor.has(*MATRIX[act])
