"""Who acts (办理人): passed to every service, never looked up below the web."""
from __future__ import annotations

from dataclasses import dataclass

from tracker.domain.words import UserRole

APART_ROLES = frozenset({UserRole.admin, UserRole.auditor})


@dataclass(frozen=True)
class Actor:
    """The person (or the scheduler) in whose name a deed is done. `unit_id` is None for the office and the system."""

    user_id: int | None
    name: str
    roles: frozenset[UserRole]
    unit_id: int | None = None
    unit_name: str | None = None
    system: bool = False
    deputy_for: str = ""                # 代签: the head in whose place `head` is held, as `signature` says

    @property
    def signature(self) -> str:
        """The name that goes on record where a head signs: 韩科员（代李局长）."""
        return f"{self.name}（代{self.deputy_for}）" if self.deputy_for else self.name

    def has(self, *roles: UserRole) -> bool:
        """True if the actor holds any of the roles."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Actor(user_id=None, name="系统", roles=frozenset(), system=True)


def roles_clash(roles: frozenset[UserRole]) -> bool:
    """True if the roles may not be held by one person (三员分立): admin and auditor stand alone."""
    return bool(roles & APART_ROLES) and len(roles) > 1
