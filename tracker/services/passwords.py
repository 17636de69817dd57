"""Passwords at rest (密码存储): argon2id by OWASP's figures, a few at a time so that log-ins never starve the pages."""
from __future__ import annotations

import secrets
from base64 import b64encode
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)     # 19 MiB and some 20 ms each
GATE = BoundedSemaphore(4)
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"                               # no 0 o 1 l i: it is typed off paper


def hashed(password: str) -> str:
    with GATE:
        return HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password. Without one to compare with (unknown account) it takes just as long and says no."""
    with GATE:
        try:
            return HASHER.verify(kept if kept is not None else _nobodys(), password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether it was made with other figures than today's: it is made anew at the next log-in."""
    return HASHER.check_needs_rehash(kept)


def first_password() -> str:
    """A new first password (初始密码), 59 bits in three groups: k7wm-x3np-4tqz."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(3))


def nobodys() -> str:
    """A hash that no password has, and that takes as long as any to say so: an account that waits for its owner."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    figures = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${figures}${salt}${digest}"


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return nobodys()
