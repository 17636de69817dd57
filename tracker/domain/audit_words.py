"""What the audit trail says in Chinese (审计用语): each action that the code records, and the facts that are shown.

A test reads the code: every action has a word here, and every fact is either shown or kept back.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.domain.words import Deed, Grade, Purpose, Rating, SheetKind, Source, UserRole, Word

ACTIONS: dict[str, str] = {
    "audit.verified": "核验审计链",
    "deputy.ended": "收回委托代签",
    "deputy.named": "委托代签",
    "duty.added": "增加配合单位",
    "duty.moved": "移交责任",
    "duty.release_asked": "申请部门办结",
    "duty.release_refused": "不予部门办结",
    "duty.released": "部门办结",
    "export.downloaded": "下载督查表",
    "export.made": "生成督查表",
    "exports.purged": "清除督查表草稿",
    "extension.asked": "申请延期",
    "extension.granted": "同意延期",
    "extension.refused": "不同意延期",
    "file.attached": "上传文件",
    "file.dated": "写成文日期",
    "file.opened": "看或下载文件",
    "file.removed": "取下文件",
    "files.swept": "清理无主文件",
    "milestone.done": "报节点完成",
    "milestone.undone": "撤销节点完成",
    "obligations.flagged_overdue": "标记逾期",
    "period.opened": "开启报告期",
    "plan.loaded": "装入方案",
    "post.ended": "免去兼任",
    "post.given": "兼任",
    "post.switched": "换身份",
    "purge.asked": "申请清除涉密误传",
    "purge.done": "清除涉密误传",
    "purge.refused": "不予清除",
    "report.accepted": "通过报告",
    "report.chased": "催办",
    "report.confirmed": "确认代填",
    "report.copy_kept": "留下底稿",
    "report.decision_undone": "撤销决定",
    "report.draft_saved": "存草稿",
    "report.entered": "代填报告",
    "report.objection_answered": "答复引用异议",
    "report.quote_dropped": "取消引用",
    "report.quote_objected": "对引用提异议",
    "report.quoted": "引用配合单位填报",
    "report.returned": "退回报告",
    "report.sent_to_clerk": "退回填报员修改",
    "report.signed": "签发报告",
    "report.submitted": "提交报告",
    "report.waived": "免报",
    "report.withdrawn": "撤回报告",
    "rules.changed": "改设置",
    "simulation.started": "开始演示",
    "task.added": "增加任务",
    "task.cancelled": "取消任务",
    "task.closed": "销号",
    "task.closing_asked": "申请办结",
    "task.closing_refused": "不予办结",
    "task.completed": "补录任务",
    "task.reopened": "重新启动任务",
    "task.resumed": "恢复任务",
    "task.suspended": "暂缓任务",
    "unit.merged": "单位并入",
    "unit.renamed": "单位更名",
    "unit.sign_off_set": "设审签",
    "unit.split": "单位分设",
    "user.created": "建账号",
    "user.disabled": "停用账号",
    "user.enabled": "启用账号",
    "user.handed_over": "工作交接",
    "user.link_made": "出一次性链接",
    "user.locked": "锁定登录",
    "user.logged_in": "登录",
    "user.logged_out": "退出登录",
    "user.logged_out_elsewhere": "退出其他登录",
    "user.login_refused": "登录没有通过",
    "user.password_changed": "改密码",
    "user.password_reset": "重置密码",
    "user.password_set": "用一次性链接设密码",
    "user.roles_set": "改角色",
    "user.unlocked": "解锁账号",
    "users.imported": "导入账号",
    "year_plan.approved": "批准年度计划",
    "year_plan.filed": "年度计划报督查室",
    "year_plan.returned": "退回年度计划",
    "year_plan.saved": "存年度计划",
}

FACTS: dict[str, str] = {                # in the order in which they are shown
    "plan": "方案", "period": "报告期", "task": "任务", "obligation": "应报事项", "part": "配合件", "parts": "配合件",
    "quotation": "引用编号", "version": "稿次",
    "undone": "撤销了", "judged": "认定", "source": "来源", "on_time": "按时", "to_sign": "待审签", "deputy_for": "代",
    "year": "年度", "duty": "责任编号", "request": "申请编号", "grade": "等次", "reports": "涉及件数",
    "waived": "免报件数", "done_on": "完成日", "milestone": "节点编号", "completion": "办结申请",
    "inspection": "核查记录", "extension": "延期申请",
    "due_before": "原定", "due_after": "改为",
    "attachment": "文件", "purpose": "用途", "size_bytes": "字节", "dated_on": "成文日期", "purge": "清除申请",
    "asked_by": "申请人", "exports": "督查表", "export": "督查表", "kind": "种类", "obligations": "件数",
    "count": "数量", "whole": "完整", "problem": "问题",
    "login": "账号", "user_id": "账号编号", "user": "账号编号", "unit_id": "单位编号", "unit": "单位编号",
    "old": "原名", "new": "新名", "into": "并入单位编号", "made": "新设单位编号", "duties": "责任件数",
    "post": "兼任编号", "posts": "兼任几处", "drafts": "交接草稿件数", "successor": "接手人", "sign_off": "要审签",
    "deputy": "委托编号", "from_on": "起", "until_on": "止", "roles": "角色", "before": "原来",
    "session_id": "登录编号", "address": "来自", "failures": "输错次数", "minutes": "锁定分钟", "seed": "种子",
}
KEPT_BACK = frozenset({                  # texts, names and hashes: who verifies the trail needs none of them
    "as_of", "changed", "changes", "co", "lead", "name", "reason", "received_at", "section", "sha256",
})
WORDS: dict[str, type[Word]] = {         # facts whose value is one of the office's words
    "undone": Deed, "judged": Rating, "source": Source, "kind": SheetKind, "purpose": Purpose,
    "grade": Grade, "roles": UserRole, "before": UserRole,
}


def action_word(action: str) -> str:
    """建账号 of `user.created`; the action itself where it is of another version of the system."""
    return ACTIONS.get(action, action)


def fact_words(facts: Mapping[str, Any]) -> str:
    """应报事项 12 · 稿次 2: of the facts of an event, those that are shown. Empty ones are left out."""
    return " · ".join(f"{word} {_shown(name, facts[name])}" for name, word in FACTS.items()
                      if facts.get(name) not in (None, "", []))


def _shown(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_shown(name, one) for one in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    words = WORDS.get(name)
    return words(value).label if words is not None and value in set(words) else str(value)
