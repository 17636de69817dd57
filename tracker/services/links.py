"""One-time links (一次性链接): the owner chooses his password by it; who hands it over neither knows nor chooses it.

256 bits, of which only the hash is kept; once, within a day, and only the newest. Guessed, used, expired and
superseded ones look alike and cost the same.
"""
from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.passwords import complaint
from tracker.errors import Refused
from tracker.models import LoginGuard, OneTimeLink, Unit, User
from tracker.services import passwords
from tracker.services.deed import OpenDeed, deed
from tracker.services.sessions import end_all

HOLDS = timedelta(hours=24)
NOT_SET = "密码没有设上。"


class DeadLink(Refused):
    """Opens nothing: never made, used, past its day, or no longer the newest. One answer for all."""

    status = 410

    def __init__(self) -> None:
        super().__init__("这个链接用不了：可能已经用过、过了24小时、有了更新的，或者没有抄全。请找系统管理员再要一个；"
                         "已经设好密码的，直接登录就行。")


@dataclass(frozen=True)
class Invited:
    """Whose link it is, for the page that asks for the new password."""

    user_id: int
    login: str
    name: str
    unit: str | None


def issue_link(d: OpenDeed, user: User) -> str:
    """Within a deed: a new link for the account, returned once; the one before is worth nothing from now on."""
    end_links(d, user.id)
    token = secrets.token_urlsafe(32)
    d.session.add(OneTimeLink(user_id=user.id, token_hash=token_hash(token), made_at=d.at, made_by=d.actor.name[:60],
                              expires_at=d.at + HOLDS))
    d.session.flush()
    d.record("user.link_made", user_id=user.id, login=user.login)
    return token


def end_links(d: OpenDeed, user_id: int) -> None:
    """Within a deed that sets a password, switches the account off or makes a newer link."""
    d.session.execute(update(OneTimeLink).where(
        OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None), OneTimeLink.ended_at.is_(None),
    ).values(ended_at=d.at))


def invited(session: Session, token: str, *, at: datetime) -> Invited:
    """Whose link this is. DeadLink where it opens nothing, whatever the reason."""
    found = session.execute(_open(token, at)).first()
    if found is None:
        raise DeadLink
    _, user, unit = found
    return Invited(user.id, user.login, user.name, unit)


def set_password(session: Session, token: str, *, new: str, again: str, at: datetime) -> None:
    """The owner chooses his password; the link is used up, every log-in and lock ends. Raises DeadLink or Refused."""
    person = invited(session, token, at=at)
    fault = complaint(new, login=person.login, names=(person.name, *((person.unit,) if person.unit else ())))
    if fault is not None:
        raise Refused(NOT_SET, fields={"new": fault})
    if new != again:
        raise Refused(NOT_SET, fields={"again": "两次输入的新密码不一样"})
    digest = passwords.hashed(new)
    with deed(session, Actor(person.user_id, person.name, frozenset()), at) as d:
        found = d.session.execute(_open(token, at).with_for_update(of=OneTimeLink)).first()
        if found is None:
            raise DeadLink
        link, user, _ = found
        link.used_at = at
        user.password_hash, user.must_change, user.password_set_at = digest, False, at
        unlock_login(d, user.login)
        end_all(d, user.id)
        d.record("user.password_set", user_id=user.id, login=user.login)


def unlock_login(d: OpenDeed, login: str) -> None:
    """Within a deed: lift the locks of an account after wrong passwords, from wherever they came."""
    d.session.execute(update(LoginGuard).where(LoginGuard.login == login).values(failures=0, locked_until=None))


def _open(token: str, at: datetime) -> Select[OneTimeLink, User, str]:
    return (select(OneTimeLink, User, Unit.name).join(User, User.id == OneTimeLink.user_id)
            .outerjoin(Unit, Unit.id == User.unit_id)
            .where(OneTimeLink.token_hash == token_hash(token), OneTimeLink.used_at.is_(None),
                   OneTimeLink.ended_at.is_(None), OneTimeLink.expires_at > at, User.active))


def token_hash(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
