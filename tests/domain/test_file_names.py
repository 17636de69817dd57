"""Names of uploaded files: what is kept of them."""
from __future__ import annotations

import unicodedata

import pytest

from tests.battery import evil
from tracker.domain.file_names import LONGEST_CHARS, clean_name, split_name


@pytest.mark.parametrize(("sent", "kept"), [
    ("关于三季度进展的报告（终稿）.pdf", "关于三季度进展的报告（终稿）.pdf"),
    ("C:\\Users\\王\\桌面\\签到表.pdf", "签到表.pdf"), ("../../etc/passwd.pdf", "passwd.pdf"), ("C:x.pdf", "x.pdf"),
    ("方案\u202efdp.exe", "方案fdp.exe"), ("换\n行\x00.pdf", "换行.pdf"), ("e\u0301.pdf", "\u00e9.pdf"),
    ('引"号<b>?.pdf', "引＂号＜b＞？.pdf"), ("con.pdf", "_con.pdf"), ("LPT1", "_LPT1"), ("控制.pdf", "控制.pdf"),
    ("方案.pdf" + " " * 60 + ".exe", "方案.pdf.exe"), ("尾点.pdf. ", "尾点.pdf"), ("", "未命名"), ("...", "未命名"),
    (".pdf", "pdf"),
    ("\ud800孤\uffff.pdf", "孤.pdf"), ("%2e%2e%2fx.pdf", "%2e%2e%2fx.pdf"),
])
def test_a_name_is_kept_as_written_but_for_what_misleads_or_breaks(sent, kept):
    assert clean_name(sent) == kept


@pytest.mark.parametrize("name", evil.NAMES)
def test_whatever_is_sent_the_name_is_short_visible_and_a_name_only(name):
    kept = clean_name(name)
    assert 0 < len(kept) <= LONGEST_CHARS + 1
    assert not {unicodedata.category(char) for char in kept} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not set('/\\<>:"|?*') & set(kept)
    assert clean_name(kept) == kept


def test_the_true_ending_stays_however_long_the_name():
    assert clean_name("州" * 300 + ".pdf") == "州" * 116 + ".pdf"


@pytest.mark.parametrize(("name", "parts"), [
    ("a.tar.GZ", ("a.tar", "gz")), ("没有", ("没有", "")), ("第1.2版说明", ("第1.2版说明", "")),
    ("x.超长后缀", ("x.超长后缀", "")),
])
def test_an_ending_is_a_few_letters_or_figures_after_the_last_dot(name, parts):
    assert split_name(name) == parts
