"""What the system refuses (不予办理), as few exceptions as the caller can tell apart.

`str(error)` is the Chinese sentence a person reads: what is so, what was kept, what to do.
"""
from __future__ import annotations

from datetime import datetime


class Refused(Exception):
    """The deed was not done and nothing has changed. `fields` names the controls at fault: name -> sentence."""

    status = 422

    def __init__(self, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class SecrecyQuestion(Refused):
    """Words that mark classified papers (涉密标志) stand in it. Nothing was kept; one may say that it is none."""

    def __init__(self, marks: tuple[str, ...], where: str = "内容") -> None:
        self.marks = marks
        super().__init__(f"{where}里有“{'”“'.join(marks)}”字样，没有存。本系统不得录入涉密内容；确认不涉密，请勾选“我确认不涉密”再存。")


class NotYours(Refused):
    """Not there, or not visible to the actor: the same answer for both."""

    status = 404

    def __init__(self, message: str = "没有这个页面，或者不在您的查看范围。") -> None:
        super().__init__(message)


class Forbidden(Refused):
    """Visible, but this deed is not the actor's to do."""

    status = 403

    def __init__(self, message: str = "这一步不归您的角色办理，没有改动任何内容。") -> None:
        super().__init__(message)


class Conflict(Refused):
    """Another writer was first (`by`, `at`): nothing was overwritten."""

    status = 409

    def __init__(self, message: str, *, by: str = "", at: datetime | None = None) -> None:
        super().__init__(message)
        self.by = by
        self.at = at
