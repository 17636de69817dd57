"""Which new passwords will do (密码规则)."""
from __future__ import annotations

import pytest

from tracker.domain.passwords import COMMON, complaint

KJJ = {"login": "kjj01", "names": ("州科技局填报员", "州科技局")}


@pytest.mark.parametrize("password", [
    "morning tea 7", "春天在德令哈种一棵树", "一二三四五六七八九十",
    "correct horse battery staple", "a" * 60 + "bcdefg",
    "  leading and trailing  ", "Ω≈ç√∫˜µ≤≥÷", "ten in all",
    "🌵🐫🏜️🧂⛏️🚂🌾🐑🦅🏔️",
])
def test_a_long_password_of_any_script_will_do(password: str) -> None:
    assert complaint(password, **KJJ) is None


@pytest.mark.parametrize(("password", "sentence"), [
    ("", "密码至少10个字符，现在0个"),
    ("ninechars", "密码至少10个字符，现在9个"),
    ("九个汉字还是不够长", "密码至少10个字符，现在9个"),
    ("x" * 300 + "yz12" * 200, "密码最多1000个字符，现在1100个"),
    ("1234567890", "这个密码太常见，容易被猜到，请换一个"),
    ("Password123", "这个密码太常见，容易被猜到，请换一个"),
    ("aaaaaaaaaaaa", "这个密码太常见，容易被猜到，请换一个"),
    ("ababababababab", "这个密码太常见，容易被猜到，请换一个"),
    ("kjj01kjj01kjj01", "密码不能主要由账号、姓名或单位名称组成，请换一个"),
    ("州科技局填报员州科技局2026", "密码不能主要由账号、姓名或单位名称组成，请换一个"),
    ("HaiXiZhou2026!", "密码不能主要由账号、姓名或单位名称组成，请换一个"),
    ("with a nul\x00 in it", "密码里有看不见的控制字符，请重新输入"),
    ("with a tab\t in it", "密码里有看不见的控制字符，请重新输入"),
])
def test_what_will_not_do_is_said_in_one_sentence(password: str, sentence: str) -> None:
    assert complaint(password, **KJJ) == sentence


def test_the_common_list_holds_only_what_the_length_lets_through() -> None:
    assert len(COMMON) >= 50
    assert [word for word in COMMON if len(word) < 9] == []
