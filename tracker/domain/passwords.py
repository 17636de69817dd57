"""What makes a password (密码规则): long, not to be guessed from the account, none of the common ones."""
from __future__ import annotations

import unicodedata
from collections.abc import Iterable

SHORTEST, LONGEST = 10, 1000            # characters; anything between is kept whole, whatever its script
LEFT_OVER = 6                           # characters that must remain beside the account's own words
DISTINCT = 4

_COMMON = """
1234567890 12345678910 0123456789 9876543210 0987654321 1234512345 1122334455 1231231234 1111122222 5201314520
1qaz2wsx3edc 1q2w3e4r5t qazwsxedcrfv qwertyuiop qwerty12345 qwerty123456 asdfghjkl123 asdfghjkl; zxcvbnm123
zaq12wsxcde3 password12 password123 password1234 password12345 passw0rd123 p@ssw0rd123 p@ssword123 mypassword
admin12345 admin123456 administrator root123456 root12345678 test123456 abc1234567 abcd123456 abc123456789
abcdefghij a123456789 aa123456789 a1234567890 q123456789 woaini1314 woaini520 woaini1314520 iloveyou123 welcome123
welcome1234 letmein123 changeme123 zhengfu123 zhengwu123 duchashi123 dashuju123 haixi123456 xiugaimima gaimima123
mima123456 mima1234567 chushimima
"""
COMMON = frozenset(_COMMON.split())
PLACES = ("海西州", "海西", "haixizhou", "haixi", "qinghai", "青海")


def complaint(password: str, *, login: str, names: Iterable[str] = ()) -> str | None:
    """Why a new password will not do, in one sentence; None where it will. `names`: the account's, its unit's."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in password):
        return "密码里有看不见的控制字符，请重新输入"
    if len(password) < SHORTEST:
        return f"密码至少{SHORTEST}个字符，现在{len(password)}个"
    if len(password) > LONGEST:
        return f"密码最多{LONGEST}个字符，现在{len(password)}个"
    folded = password.casefold()
    if folded in COMMON or len(set(folded)) < DISTINCT:
        return "这个密码太常见，容易被猜到，请换一个"
    if len(_without(folded, login, names)) < LEFT_OVER:
        return "密码不能主要由账号、姓名或单位名称组成，请换一个"
    return None


def _without(folded: str, login: str, names: Iterable[str]) -> str:
    words = {login, login.rstrip("0123456789"), *names, *PLACES}
    for word in sorted((word.casefold() for word in words if len(word) > 1), key=len, reverse=True):
        folded = folded.replace(word, "")
    return folded
