"""The banner after a deed (提示): `?said=code` picks one fixed sentence; an unknown code says nothing."""
from __future__ import annotations

SAID: dict[str, tuple[str, str]] = {                 # code: (tone of the note, sentence)
    "log_in": ("", "请先登录，登录后回到刚才的页面。离开太久会自动退出，存过的草稿都在。"),
    "logged_out": ("green", "已退出。"),
    "password_changed": ("green", "密码已改，其他地方的登录已退出。"),
    "others_ended": ("green", "其他地方的登录已退出。"),
    "user_enabled": ("green", "账号已启用。"),
    "user_disabled": ("green", "账号已停用，正在用的登录已退出。"),
    "user_unlocked": ("green", "已解锁，现在就可以登录。"),
    "roles_set": ("green", "角色已改，本人要重新登录。"),
    "saved": ("green", "草稿已存，可以放心关页面。"),
    "submitted": ("green", "已提交，等督查室审核。截止前、审核前可以撤回。"),
    "submitted_late": ("amber", "已报出，比截止时间晚，台账会写明迟报。"),
    "resubmitted": ("green", "已重报，等督查室审核。要再改请联系督查室退回。"),
    "withdrawn": ("green", "已撤回，可以接着改。"),
    "accepted": ("green", "已通过。"),
    "returned": ("green", "已退回，对方会看到原因。"),
    "waived": ("green", "已免报，原因记在办理经过里。"),
    "completed": ("green", "任务已补录，责任单位从本期起按此填报。"),
    "task_added": ("green", "任务已增加。"),
    "export_ready": ("green", "督查表好了，可以下载。"),
    "job_ran": ("green", "作业已运行，结果见下面。"),
}
