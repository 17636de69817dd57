"""Accounts from the command line (账号)."""
from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.cli.chinese import ChineseCommand, ChineseGroup
from tracker.cli.office import Office, pass_office
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.errors import Refused
from tracker.models import Post, Unit, User, UserRoleGrant
from tracker.services import accounts


@click.group(cls=ChineseGroup)
def user() -> None:
    """账号。"""


@user.command(cls=ChineseCommand)
@click.argument("login", metavar="账号")
@click.option("--name", metavar="姓名", required=True, help="姓名，或“州科技局填报员”这样的称呼。")
@click.option("--role", "roles", metavar="角色", multiple=True, required=True, type=click.Choice(UserRole),
              help="角色，可以写几次：" + "、".join(f"{role.value} {role.label}" for role in UserRole) + "。")
@click.option("--unit", "unit_name", metavar="单位", help="责任单位全称；督查室、领导、管理员不填。")
@pass_office
def add(office: Office, login: str, name: str, roles: tuple[UserRole, ...], unit_name: str | None) -> None:
    """新建账号，显示首次密码（只显示这一次）。"""
    with office.session() as session:
        password = accounts.create_account(
            session, SYSTEM, login=login, name=name, roles=roles,
            unit_id=_unit_id(session, unit_name), at=office.clock.now())
    click.echo(f"账号{login}已建，首次密码：{password}（只显示这一次，登录后要改）")


@user.command("list", cls=ChineseCommand)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@pass_office
def list_(office: Office, as_json: bool) -> None:
    """所有账号：单位、角色、兼任、是否停用。"""
    with office.session() as session:
        rows = _rows(session)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        roles = "、".join([*(role.label for role in row["roles"]),
                          *(f"兼{post['unit']}{post['role'].label}" for post in row["posts"])])
        state = "在用" if row["active"] else "停用"
        click.echo("\t".join([row["login"], row["name"], row["unit"] or "—", roles, state]))


@user.command(cls=ChineseCommand)
@click.argument("login", metavar="账号")
@pass_office
def passwd(office: Office, login: str) -> None:
    """重置密码，显示新的首次密码（只显示这一次）。"""
    with office.session() as session:
        user_id = session.scalar(select(User.id).where(User.login == login))
        if user_id is None:
            raise Refused(f"没有账号“{login}”。没有改动。")
        password = accounts.reset_password(session, SYSTEM, user_id, at=office.clock.now())
    click.echo(f"账号{login}的密码已重置，首次密码：{password}（只显示这一次，登录后要改）")


def _unit_id(session: Session, name: str | None) -> int | None:
    if name is None:
        return None
    unit_id = session.scalar(select(Unit.id).where(Unit.name == name))
    if unit_id is None:
        raise Refused(f"没有“{name}”这个单位，账号没有建。单位名称见 tracker plan --json。")
    return unit_id


def _rows(session: Session) -> list[dict[str, Any]]:
    roles: dict[int, list[UserRole]] = {}
    for user_id, role in session.execute(select(UserRoleGrant.user_id, UserRoleGrant.role)
                                         .order_by(UserRoleGrant.role)):
        roles.setdefault(user_id, []).append(role)
    posts: dict[int, list[dict[str, Any]]] = {}
    for user_id, unit, role in session.execute(
            select(Post.user_id, Unit.name, Post.role).join(Unit, Unit.id == Post.unit_id)
            .where(Post.ended_at.is_(None)).order_by(Unit.position, Post.role)):
        posts.setdefault(user_id, []).append({"unit": unit, "role": role})
    found = session.execute(
        select(User, Unit.name).outerjoin(Unit, Unit.id == User.unit_id).order_by(User.login))
    return [{"login": account.login, "name": account.name, "unit": unit, "roles": roles.get(account.id, []),
             "posts": posts.get(account.id, []), "active": account.active, "must_change": account.must_change}
            for account, unit in found]
