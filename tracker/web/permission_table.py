"""docs/permissions.md (权限表): what each role may do, whose reports it sees, and by which addresses it is done."""
from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from tracker.domain.permissions import MATRIX, Act
from tracker.domain.words import UserRole
from tracker.web import BLUEPRINTS
from tracker.web.guard import PUBLIC, ROUTES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def permission_table() -> str:
    """The page, from the matrix, the guard and the addresses. A test holds it equal to what is committed."""
    return "\n".join([HEAD, *_matrix_lines(), WHOSE, *_route_lines(), ""])


def _matrix_lines() -> list[str]:
    lines = ["| 对象 | 办什么 | 代号 | " + " | ".join(role.label for role in UserRole) + " |",
             "|---|---|---|" + ":-:|" * len(UserRole)]
    for act, roles in MATRIX.items():
        marks = " | ".join("●" if role in roles else "—" for role in UserRole)
        lines.append(f"| {act.resource} | {act.deed} | `{act}` | {marks} |")
    return lines


def _route_lines() -> list[str]:
    lines = ["| 代号 | 地址 |", "|---|---|"]
    addresses = _addresses()
    for act in (PUBLIC, *Act):
        named = "<br>".join(addresses.get(act, ["（没有单独的地址）"]))
        lines.append(f"| {'不用登录' if act is PUBLIC else f'`{act}`'} | {named} |")
    return lines


def _addresses() -> dict[str, list[str]]:
    """The act of each route -> `GET /my`, sorted. The routes are those that the blueprints bring."""
    app = Flask("tracker")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    found: dict[str, list[str]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, _method(rule))):
        found.setdefault(ROUTES[rule.endpoint], []).append(f"`{_method(rule)} {rule.rule}`")
    return found


def _method(rule: Rule) -> str:
    return next(method for method in METHODS if method in (rule.methods or ()))


HEAD = """\
# 权限表

谁能办什么，一张表说了算：代码在 `tracker/domain/permissions.py`，网页地址与它的对应在 `tracker/web/guard.py`。
表里没有的，一律不能办；不能办的，看起来与没有这个页面一样。一人兼任几个角色，能办的是几个角色之和；
系统管理员、审计员不与别的角色兼任（三员分立）。受委托代签的人，在委托期间同审签人。

本页由 `tracker.web.permission_table.permission_table()` 生成，测试核对两者一致。

## 角色
"""

WHOSE = """
## 看得见谁的报告

能看报告的角色，还要看是谁的报告。看不见的，与没有这一件一样。

| 谁 | 知道有这一件 | 看得到写了什么 |
|---|---|---|
| 应报单位的填报员、审签人 | 一直 | 一直，草稿也看得到 |
| 任务的牵头单位 | 报出以后 | 报出的各稿 |
| 任务的其他单位，含常态配合单位 | 通过以后 | 报出的各稿 |
| 督查室、领导 | 一直：谁应报、何时报 | 报出以后 |
| 别的单位、系统管理员、审计员 | 不 | 不 |

撤回的稿、退回修改的稿，只有本单位看得到。佐证材料随报告：看得到报告的，才看得到它的佐证材料。
督查室写给单位的退回理由，只有该单位和督查室、领导看得到。

## 地址
"""
