"""How moments, days, shares and official text are shown."""
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.moments import PLAIN_WEEKS, at
from tracker.domain.show import (
    date_cn,
    day_cn,
    day_note,
    days_left_words,
    full_width,
    late_words,
    left_words,
    moment_cn,
    percent,
    show_moment,
    subject_cn,
)
from tracker.domain.words import Role
from tracker.domain.workdays import china_calendar

CHINA = china_calendar()
NOW = at("2026-10-08 09:30")


@pytest.mark.parametrize(("text", "shown"), [
    pytest.param("现印发给你们,请结合工作职责,认真抓好贯彻落实。", "现印发给你们，请结合工作职责，认真抓好贯彻落实。",
                 id="commas"),
    pytest.param("行动方案(2025—2027年)", "行动方案（2025—2027年）", id="brackets with figures in them"),
    pytest.param("年均增长5%,科技创新平台力争达到170家以上;全社会", "年均增长5%，科技创新平台力争达到170家以上；全社会",
                 id="after %"),
    pytest.param("(牵头单位:州科技局)", "（牵头单位：州科技局）", id="brackets round Chinese"),
    pytest.param("研发(R&D)投入", "研发（R&D）投入", id="brackets amid Chinese"),
    pytest.param("“两清零”,首轮", "“两清零”，首轮", id="after a quote"),
    pytest.param("(甲),(乙)", "（甲），（乙）", id="a comma between brackets"),
    pytest.param("中,,文", "中，，文", id="two marks"),
    pytest.param("责任单位:", "责任单位：", id="at the end"),
    pytest.param(",责任单位", "，责任单位", id="at the start"),
    pytest.param("1,500万元", "1,500万元", id="a figure stays"),
    pytest.param("上午9:30开会", "上午9:30开会", id="a time stays"),
    pytest.param("GB/T 1-2 (A,B;C:D)", "GB/T 1-2 (A,B;C:D)", id="Latin stays"),
    pytest.param("网址https://a.cn/b,c", "网址https://a.cn/b,c", id="an address stays"),
    pytest.param("方案(2025", "方案（2025", id="an open bracket"),
    pytest.param("2025)方案", "2025）方案", id="a closing one alone"),
    pytest.param("A(B(中)C)D", "A（B（中）C）D", id="nested"),
    pytest.param("一,A(B)", "一，A(B)", id="a pair changes together or not at all"),
    pytest.param("中(a", "中（a", id="an open bracket after Chinese"),
    pytest.param("已是全角，（不变）：；", "已是全角，（不变）：；", id="full width stays"),
    pytest.param("句.点?叹!", "句.点?叹!", id="other marks stay"),
    pytest.param("", "", id="empty"),
])
def test_full_width(text, shown):
    assert full_width(text) == shown


@given(st.text(st.sampled_from("中文A1,:;()，：；（）“”。 %") | st.characters(), max_size=40))
def test_full_width_changes_marks_only_and_once(text):
    shown = full_width(text)
    back = str.maketrans("，：；（）", ",:;()")
    assert len(shown) == len(text)
    assert shown.translate(back) == text.translate(back)
    assert full_width(shown) == shown


def test_full_width_takes_its_time_by_the_length_of_the_text():
    assert full_width("(" * 100_000 + "中" + ")" * 100_000) == "（" * 100_000 + "中" + "）" * 100_000


def test_date_cn():
    assert date_cn(date(2027, 12, 31)) == "2027年12月31日"


@pytest.mark.parametrize(("day", "note"), [
    ("2026-10-13", "（周二）"),
    ("2026-10-10", "（周六，补班）"),
    ("2026-10-11", "（周日）"),
    ("2099-01-08", "（周四，暂定）"),
])
def test_what_is_unusual_about_a_day(day, note):
    assert day_note(date.fromisoformat(day), CHINA) == note


@pytest.mark.parametrize(("day", "weekday"), [
    ("2026-10-12", "（周一）"), ("2026-10-13", "（周二）"), ("2026-10-14", "（周三）"), ("2026-10-15", "（周四）"),
    ("2026-10-16", "（周五）"), ("2026-10-10", "（周六）"), ("2026-10-11", "（周日）"),
])
def test_without_a_calendar_a_day_has_its_weekday_only(day, weekday):
    assert day_note(date.fromisoformat(day)) == weekday


@pytest.mark.parametrize(("moment", "words"), [
    ("2026-10-13 18:00", "10月13日（周二）18:00"), ("2026-10-10 18:00", "10月10日（周六，补班）18:00"),
    ("2026-10-08 08:05", "10月8日（周四）08:05"), ("2025-12-31 23:59", "2025年12月31日（周三）23:59"),
    ("2099-01-08 18:00", "2099年1月8日（周四，暂定）18:00"),
])
def test_a_moment_with_its_year_only_where_it_differs(moment, words):
    assert moment_cn(at(moment), NOW, CHINA) == words
    assert day_cn(date.fromisoformat(moment[:10]), NOW, CHINA) == words[:-5]


def test_the_year_of_now_is_shanghais():
    newyear = datetime.fromisoformat("2026-12-31T16:00+00:00")
    assert moment_cn(at("2027-01-08 18:00"), newyear) == "1月8日（周五）18:00"


@pytest.mark.parametrize(("moment", "words"), [
    ("2026-10-05 23:59", "10月5日（周一）23:59"),
    ("2026-10-06 00:00", "前天 00:00"),
    ("2026-10-07 17:42", "昨天 17:42"),
    ("2026-10-08 08:55", "今天 08:55"), ("2026-10-08 23:59", "今天 23:59"), ("2026-10-09 00:00", "明天 00:00"),
    ("2026-10-10 18:00", "后天 18:00"), ("2026-10-11 00:00", "10月11日（周日）00:00"),
])
def test_within_two_days_a_moment_is_near(moment, words):
    assert show_moment(at(moment), NOW) == words


def test_a_moment_farther_off_is_shown_with_what_is_unusual():
    assert show_moment(at("2026-10-10 18:00"), at("2026-09-30 09:00"), CHINA) == "10月10日（周六，补班）18:00"


@pytest.mark.parametrize(("due", "moment", "words"), [
    ("2026-10-10 18:00", "2026-10-08 09:30", "还有2个工作日"),
    ("2026-10-13 18:00", "2026-10-08 09:30", "还有4个工作日"),
    ("2026-10-08 18:00", "2026-10-08 00:00", "今天截止"), ("2026-10-08 18:00", "2026-10-08 18:00", "今天截止"),
    ("2026-10-08 18:00", "2026-10-08 18:00:01", "逾期不到1个工作日"),
    ("2026-10-08 18:00", "2026-10-09 00:00", "逾期1个工作日"),
    ("2026-07-07 18:00", "2026-10-08 09:30", "逾期62个工作日"),
    ("2026-10-11 18:00", "2026-10-10 09:30", "还有1天，没有工作日"),
    ("2026-10-05 18:00", "2026-10-01 09:30", "还有4天，没有工作日"),
    ("2026-09-30 18:00", "2026-10-03 09:30", "逾期不到1个工作日"),
])
def test_days_left(due, moment, words):
    assert days_left_words(at(due), at(moment), CHINA) == words


def test_days_left_of_a_day_without_a_time():
    assert late_words(date(2026, 10, 9), date(2026, 10, 13), PLAIN_WEEKS) == "逾期2个工作日"
    assert late_words(date(2026, 10, 9), date(2026, 10, 11), PLAIN_WEEKS) == "逾期不到1个工作日"
    assert left_words(date(2026, 10, 13), date(2026, 10, 9), PLAIN_WEEKS) == "还有2个工作日"
    assert left_words(date(2026, 10, 9), date(2026, 10, 9), PLAIN_WEEKS) == "今天截止"


@pytest.mark.parametrize(("share", "shown"), [
    (None, "—"), (0, "0%"), (0.0001, "1%"), (0.45, "45%"), (0.455, "46%"), (0.285, "29%"), (17 / 18, "94%"),
    (0.996, "99%"), (1, "100%"), (1.05, "105%"),
])
def test_percent(share, shown):
    assert percent(share) == shown


@pytest.mark.parametrize(("number", "role", "called"), [
    ("9", Role.lead, "任务9"), ("9", Role.co, "任务9州财政局配合件"),
    ("9", Role.standing_co, "任务9州财政局常态配合件"), ("", Role.standing_co, "州财政局综合报告"),
])
def test_what_a_sentence_calls_an_obligation(number, role, called):
    assert subject_cn(number, "州财政局", role) == called
