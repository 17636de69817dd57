"""How things are shown (显示): moments, days, shares and official text. Source: UX sections 1 and 6."""
from __future__ import annotations

from datetime import date, datetime
from itertools import accumulate

from tracker.domain.words import Role
from tracker.domain.workdays import SHANGHAI, Calendar, shanghai_date, working_days_between

WEEKDAYS = "一二三四五六日"
NEAR_DAYS = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
FULL_WIDTH = {",": "，", ":": "：", ";": "；", "(": "（", ")": "）"}
MARKS = frozenset(FULL_WIDTH) | frozenset(FULL_WIDTH.values())


def date_cn(day: date) -> str:
    """2027年12月31日"""
    return f"{day.year}年{day.month}月{day.day}日"


def day_note(day: date, cal: Calendar | None = None) -> str:
    """（周二）; with the calendar also what is unusual about the day: （周六，补班） （周五，暂定）."""
    words = [f"周{WEEKDAYS[day.weekday()]}"]
    if cal is not None and cal.is_make_up_day(day):
        words.append("补班")
    if cal is not None and not cal.published(day):
        words.append("暂定")
    return f"（{'，'.join(words)}）"


def day_cn(day: date, at: datetime, cal: Calendar | None = None) -> str:
    """10月13日（周二）, with the year only where it is not the year of `at`."""
    year = "" if day.year == shanghai_date(at).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日{day_note(day, cal)}"


def moment_cn(moment: datetime, at: datetime, cal: Calendar | None = None) -> str:
    """10月13日（周二）18:00, the same on every later day of the year: for sheets and reasons that are kept."""
    return f"{day_cn(shanghai_date(moment), at, cal)}{moment.astimezone(SHANGHAI):%H:%M}"


def show_moment(moment: datetime, at: datetime, cal: Calendar | None = None) -> str:
    """今天 18:00 within two days (前天 昨天 今天 明天 后天), else 10月13日（周二）18:00: for pages, read at `at`."""
    near = NEAR_DAYS.get((shanghai_date(moment) - shanghai_date(at)).days)
    return f"{near} {moment.astimezone(SHANGHAI):%H:%M}" if near else moment_cn(moment, at, cal)


def days_left_words(due: datetime, at: datetime, cal: Calendar) -> str:
    """还有2个工作日 / 今天截止 / 逾期3个工作日. On the stroke of the due moment nothing is late yet."""
    due_on, today = shanghai_date(due), shanghai_date(at)
    return late_words(due_on, today, cal) if at > due else left_words(due_on, today, cal)


def late_words(due_on: date, today: date, cal: Calendar) -> str:
    """逾期3个工作日 of a day that is past; the due day itself is no whole day."""
    days = working_days_between(due_on, today, cal)
    return f"逾期{days}个工作日" if days else "逾期不到1个工作日"


def left_words(due_on: date, today: date, cal: Calendar) -> str:
    """还有2个工作日 / 今天截止 of a day not yet past; between days off only, 还有1天，没有工作日."""
    if due_on == today:
        return "今天截止"
    days = working_days_between(today, due_on, cal)
    return f"还有{days}个工作日" if days else f"还有{(due_on - today).days}天，没有工作日"


def subject_cn(number: str, unit: str, role: Role) -> str:
    """What a sentence calls an obligation: 任务9 (the lead's), 任务9州财政局配合件, 州财政局综合报告 (no number)."""
    if not number:
        return f"{unit}综合报告"
    return f"任务{number}" if role is Role.lead else f"任务{number}{unit}{role.label}件"


def percent(share: float | None) -> str:
    """45% of a share 0-1, in whole points; — for None. What is not all never reads 100%, what is some never 0%."""
    if share is None:
        return "—"
    points = int(round(share * 100, 6) + 0.5)
    return f"{min(max(points, 1), 99) if 0 < share < 1 else points}%"


def full_width(text: str) -> str:
    """Half-width , : ; ( ) of Chinese text as ，：；（）, one mark for one: the source is kept to the letter elsewhere.

    A mark is Chinese where Chinese stands next to it, other marks between aside: 1,500, 12:30 and R&D (2025) stay.
    A pair of brackets changes together, by what stands around it or in it.
    """
    before, after = _beside(text), _beside(text[::-1])[::-1]
    chinese_so_far = [0, *accumulate(map(_is_chinese, text))]
    shown, open_brackets = list(text), []
    for place, char in enumerate(text):
        if char not in FULL_WIDTH:
            continue
        if before[place] or after[place]:
            shown[place] = FULL_WIDTH[char]
        if char == "(":
            open_brackets.append(place)
        elif char == ")" and open_brackets:
            start = open_brackets.pop()
            inside = chinese_so_far[place] > chinese_so_far[start]
            if inside or shown[start] == "（" or shown[place] == "）":
                shown[start], shown[place] = "（", "）"
    return "".join(shown)


def _beside(text: str) -> list[bool]:
    """For each place, whether the nearest character before it that is none of the marks is Chinese."""
    found, chinese = [], False
    for char in text:
        found.append(chinese)
        if char not in MARKS:
            chinese = _is_chinese(char)
    return found


def _is_chinese(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char in "《》〈〉〔〕【】“”‘’、。！？…"
