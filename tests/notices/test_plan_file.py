"""A broken plan file is refused whole, in Chinese, with line and field."""
from __future__ import annotations

import pytest

from tracker.notices import plan_file
from tracker.notices.plan_file import PlanProblems, Problem, parse_plan, read_plan
from tracker.paths import SEED

SOURCE = SEED.read_text("utf-8")
LINES = SOURCE.split("\n")
BOMB = "a: &a [哈, 哈]\n" + "".join(f"{n}: &{n} [*{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}]\n"
                                 for p, n in zip("abcdefgh", "bcdefghi", strict=True))


def problems_of(data: bytes) -> list[Problem]:
    with pytest.raises(PlanProblems) as refused:
        parse_plan(data)
    assert all(problem.line >= 1 and problem.message for problem in refused.value.problems)
    return refused.value.problems


def edited(old: str, new: str) -> bytes:
    """The seed with the first `old` replaced."""
    assert old in SOURCE
    return SOURCE.replace(old, new, 1).encode()


def line_of(words: str, text: str = SOURCE) -> int:
    return text[:text.index(words)].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "field", "said"), [
    # what YAML readers read differently
    pytest.param("source_complete: false ", "source_complete: NO ", "tasks 第19项 source_complete",
                 "“NO”容易被读成别的意思", id="NO"),
    pytest.param('number: "3"', "number: 0123", "tasks 第3项 number", "“0123”容易被读成别的意思", id="0123"),
    pytest.param('number: "3"', "number: 0x1F", "tasks 第3项 number", "“0x1F”容易被读成别的意思", id="0x1F"),
    pytest.param('number: "3"', "number: 3", "tasks 第3项 number", "这里要填文字；数字、true 之类作文字用时请加引号",
                 id="a number is text"),
    pytest.param('time: "18:00"', "time: 12:30", "policy due time", "“12:30”容易被读成别的意思", id="12:30"),
    pytest.param('time: "18:00"', 'time: "24:00"', "policy due time", "时刻要写成带引号的", id="no such time"),
    pytest.param("source_complete: false ", "source_complete: 0 ", "tasks 第19项 source_complete",
                 "这里只能填 true 或 false", id="0 is not false"),
    pytest.param("amount: 3000", "amount: 三千", "tasks 第3项 measures 第1项 amount", "要填数字，如 3000 或 0.7",
                 id="an amount in words"),
    pytest.param("amount: 3000", "amount: -5", "tasks 第3项 measures 第1项 amount", "要填数字",
                 id="less than nothing"),
    pytest.param("amount: 3000", "amount: .inf", "tasks 第3项 measures 第1项 amount", "要填数字", id="infinity"),
    pytest.param("amount: 3000", "amount: " + "9" * 5000, "tasks 第3项 measures 第1项 amount", "要填数字",
                 id="5000 digits"),
    pytest.param("amount: 3000", "amount: true", "tasks 第3项 measures 第1项 amount", "要填数字",
                 id="true is no amount"),
    pytest.param("day: 5", "day: 5.0", "policy due day", "这里要填整数", id="5.0 is no day"),
    pytest.param("issued_on: 2025-06-26", "issued_on: 2025-06-31", "issued_on", "日历上没有“2025-06-31”这一天",
                 id="31 June"),
    pytest.param("issued_on: 2025-06-26", "issued_on: 2025-6-26", "issued_on", "日期要写成 2027-12-31 这样",
                 id="2025-6-26"),
    # what YAML can do and a plan must not
    pytest.param("key: kjcx-2025", "key: !!python/object/apply:os.system [ls]", "key",
                 "不能用标签 tag:yaml.org,2002:python/object/apply:os.system", id="python object"),
    pytest.param("key: kjcx-2025", "key: !!python/name:os.system ''", "key", "不能用标签", id="python name"),
    pytest.param("key: kjcx-2025", "key: !secret kjcx", "key", "不能用标签 !secret", id="own tag"),
    pytest.param("key: kjcx-2025", "key: &k kjcx-2025", "key", "不能用锚点和别名", id="anchor"),
    pytest.param("key: kjcx-2025", "key: *nobody", "key", "不能用锚点和别名", id="alias of nothing"),
    pytest.param("key: kjcx-2025", "<<: {key: kjcx-2025}", "?", "不能用标签", id="merge"),
    pytest.param("key: kjcx-2025", "key: kjcx-2025\n2: 3", "", "冒号前要写字段名", id="a number as key"),
    pytest.param("key: kjcx-2025", "key: kjcx-2025\nkey: kjcx-2026", "key", "“key”写了两次，第一次在第6行",
                 id="doubled key"),
    pytest.param("    lead: 州财政局", "    lead: 州财政局\n    lead: 州科技局", "tasks 第3项 lead", "“lead”写了两次",
                 id="doubled key within a task"),
    # broken writing
    pytest.param("    lead: 州财政局", "\tlead: 州财政局", "lead", "这里有制表符（Tab）", id="tab"),
    pytest.param("    lead: 州财政局", "   lead: 州财政局", "lead", "缩进不对", id="indentation"),
    pytest.param("doc_number: 西政办", "doc_number: 号: 西政办", "doc_number", "这里多了一个冒号", id="second colon"),
    pytest.param("doc_number: 西政办", "doc_number: @西政办", "doc_number", "这里的符号不能放在开头",
                 id="@ in front"),
    pytest.param("    aliases: [州科学技术局]", "    aliases: [州科学技术局", "aliases", "方括号或花括号没有配对",
                 id="bracket not closed"),
    pytest.param("doc_number: 西政办", "doc_number: \x01西政办", "doc_number", "控制字符", id="control character"),
    pytest.param("parts:", "---\nparts:", "due_on", "一个文件里只能写一份方案", id="two documents"),
    pytest.param("doc_number: 西政办", "doc_number：西政办", "doc_number", "字段名后面要有冒号和空格",
                 id="full-width colon"),
    # a wrong shape
    pytest.param("  - number: \"3\"", "  - numer: \"3\"\n    number: \"3\"", "tasks 第3项 numer", "没有这个字段",
                 id="unknown key"),
    pytest.param("    lead: 州财政局", "    lead: [州财政局]", "tasks 第3项 lead", "这里要填文字",
                 id="list for a text"),
    pytest.param("parts:\n  - 一、主要目标\n  - 二、重点任务及措施", "parts: 一、主要目标", "parts",
                 "这里要写成列表", id="text for a list"),
    pytest.param("standing:\n", "standing: 无\n_:\n", "standing", "这里要写成“字段: 内容”的若干行",
                 id="text for fields"),
    pytest.param("kind: vertical", "kind: 中央垂管", "units 第12项 kind",
                 "这里只能填 department、county、outpost、park、vertical 之一", id="no such kind"),
    pytest.param("header_name: 科技创新行动方案 ", "header_name: ", "header_name", "这里要填文字", id="empty"),
    pytest.param("header_name: 科技创新行动方案 ", "header_name: '' ", "header_name", "这里不能空着",
                 id="empty text"),
    pytest.param("header_name: 科技创新行动方案 ", "header_name: ' 科创' ", "header_name", "前后有多余的空白",
                 id="blank in front"),
    pytest.param("short_name: 科创方案", "short_name: " + "科" * 61, "short_name", "最多60个字", id="too long"),
    pytest.param("login_stem: kjj", "login_stem: KJJ", "units 第1项 login_stem", "只能用小写字母",
                 id="capitals in an account"),
    pytest.param("co_days_before: 2", "co_days_before: 11", "policy co_days_before", "不能大于10",
                 id="too many days"),
    pytest.param("day: 5", "day: 0", "policy due day", "不能小于1", id="day 0"),
])
def test_a_field_at_fault_is_named_with_its_line(old, new, field, said):
    data = edited(old, new)
    problem = problems_of(data)[0]
    assert problem.field == field
    assert said in problem.message
    shown = data.decode().split("\n")[problem.line - 1]
    assert any(part in shown for part in new.split("\n"))


@pytest.mark.parametrize(("old", "new", "field", "said"), [
    pytest.param("      - 州教育局", "      - 州教育局局", "tasks 第5项 co 第1项",
                 "没有“州教育局局”这个单位，最接近的是“州教育局”", id="unit misspelled"),
    pytest.param("    lead: 州生态环境局", "    lead: 州生态局", "tasks 第8项 lead", "最接近的是“州生态环境局”",
                 id="lead misspelled"),
    pytest.param("      - 州发展改革委", "      - 州发改委", "tasks 第2项 co 第1项",
                 "“州发改委”是别名，这里请写全称“州发展改革委”", id="alias where the name must stand"),
    pytest.param(": 州科技局、州发展改革委\n", ": 州科技局、州发展改委\n", "tasks 第2项 as_written",
                 "没有“州发展改委”这个单位，最接近的是“州发展改革委”", id="misspelled in the line"),
    pytest.param(": 州财政局、州科技局\n", ": 州科技局、州财政局\n", "tasks 第3项 as_written",
                 "任务3的责任单位与原文顺序不同，原文是：州科技局、州财政局", id="order of the line"),
    pytest.param(": 州财政局、州科技局\n", ": 州财政局、州水利局\n", "tasks 第3项 as_written",
                 "原文有而没有列出：州水利局；列出而原文没有：州科技局", id="other unit in the line"),
    pytest.param("      - 州工业和信息化局\n", "      - 州科技局\n      - 州科技局\n", "tasks 第4项 co 第2项",
                 "任务4的责任单位“州科技局”重复了", id="co-unit twice"),
    pytest.param("    lead: 州财政局\n    co:\n      - 州科技局", "    lead: 州财政局\n    co:\n      - 州财政局",
                 "tasks 第3项 co 第1项", "任务3的责任单位“州财政局”重复了", id="lead among its co-units"),
    pytest.param("    basis: duties_apart", "    basis: first_listed", "tasks 第1项 basis",
                 "按原文这里应是 duties_apart", id="basis against the line"),
    pytest.param('number: "3"', 'number: "2"', "tasks 第3项 number", "任务序号“2”重复了", id="number twice"),
    pytest.param("number: (二)", "number: (一)", "sections 第2项 number", "章节序号“(一)”重复了", id="section twice"),
    pytest.param("login_stem: gxj", "login_stem: kjj", "units 第13项 login_stem", "账号前缀“kjj”重复了",
                 id="stem twice"),
    pytest.param("aliases: [州工信局]", "aliases: [州科技局]", "units 第13项 aliases 第1项",
                 "单位写法“州科技局”重复了", id="alias is another's name"),
    pytest.param("    section: (三)", "    section: (四)", "tasks 第18项 section", "sections 里没有“(四)”",
                 id="no such section"),
    pytest.param("    part: 二、重点任务及措施", "    part: 三、重点任务", "sections 第1项 part",
                 "parts 里没有“三、重点任务”", id="no such part"),
    pytest.param('in_task: "1"', 'in_task: "20"', "standing in_task", "tasks 里没有任务“20”", id="no such task"),
    pytest.param("  as_written: 以下各市", "  as_written: 以上各市", "standing as_written",
                 "这句话不在任务1的责任单位原文里", id="standing clause changed"),
    pytest.param("as_written: 设立年度", "as_written: 安排年度", "tasks 第3项 measures 第1项 as_written",
                 "任务3的正文里没有", id="words of a measure changed"),
    pytest.param("key: provincial-award", "key: national-award", "tasks 第5项 measures 第2项 key",
                 "举措代号“national-award”重复了", id="measure twice"),
    pytest.param("as_written: 科技创新平台力争", "as_written: 科技创新平台务必", "indicators 第2项 as_written",
                 "主要目标里没有", id="words of an indicator changed"),
    pytest.param("name: 科技创新平台\n", "name: 创新基地\n", "indicators 第2项 name", "“创新基地”不在所引的原文里",
                 id="name of an indicator"),
    pytest.param("due_on: 2027-12-31", "due_on: 2028-01-01", "indicators 第1项 due_on", "要在印发日 2025-06-26",
                 id="indicator too late"),
    pytest.param("valid_until: 2027-12-31", "valid_until: 2025-06-25", "valid_until", "有效期止于印发日",
                 id="dates in disorder"),
    pytest.param("    day: 5", "    shift: after\n    day: 5", "policy due shift", "按工作日报送时不填 shift",
                 id="shift in excess"),
])
def test_a_contradiction_between_fields_is_named_with_its_line(old, new, field, said):
    data = edited(old, new)
    problem = next(problem for problem in problems_of(data) if problem.field == field)
    assert said in problem.message
    shown = data.decode().split("\n")[problem.line - 1]
    assert any(part in shown for part in new.split("\n") if part)


@pytest.mark.parametrize(("old", "new", "field", "said"), [
    pytest.param("    lead: 州财政局\n", "", "tasks 第3项", "任务3还缺 lead", id="no lead"),
    pytest.param("    source_complete: false ", "    source_complete: true ", "tasks 第19项", "任务19还缺 lead",
                 id="complete, no unit"),
    pytest.param("    title: 发挥财政科技资金引导作用\n", "", "tasks 第3项 title", "缺少这一项", id="no title"),
    pytest.param("        amount: 3000\n", "", "tasks 第3项 measures 第1项", "amount 和 unit_word 都要填",
                 id="a sum without amount"),
    pytest.param("kind: sum", "kind: document", "tasks 第3项 measures 第1项", "不填 amount 和 unit_word",
                 id="a document with amount"),
    pytest.param("    target: 5\n", "", "indicators 第1项", "这项指标要填 target 和 unit_word", id="no target"),
    pytest.param("comparison: yearly_growth", "comparison: not_below_last_year", "indicators 第1项",
                 "不填 target 和 unit_word", id="target against last year"),
    pytest.param("kind: working_day_after", "kind: day_of_month", "policy due", "按每月几日报送时要填 shift",
                 id="no shift"),
    pytest.param("collectives:\n", "collectives: []\nunused:\n", "unused", "没有这个字段", id="unknown block"),
])
def test_what_is_missing_is_named_with_the_block_around_it(old, new, field, said):
    problem = next(problem for problem in problems_of(edited(old, new)) if problem.field == field)
    assert said in problem.message


def test_a_missing_title_points_at_its_task():
    problem = problems_of(edited("    title: 发挥财政科技资金引导作用\n", ""))[0]
    assert problem.line == line_of('number: "3"')


def test_everything_wrong_is_told_at_once_in_the_order_of_the_lines():
    text = SOURCE.replace("day: 5", "day: 50").replace("kind: vertical", "kind: x").replace("kjcx-2025", "KJCX")
    fields = [problem.field for problem in problems_of(text.encode())]
    assert fields == ["key", "units 第12项 kind", "units 第17项 kind", "units 第18项 kind", "policy due day"]


def test_a_problem_reads_as_a_sentence():
    with pytest.raises(PlanProblems) as refused:
        parse_plan(edited("login_stem: gxj", "login_stem: kjj"))
    assert str(refused.value) == f"第{line_of('login_stem: gxj')}行，units 第13项 login_stem：账号前缀“kjj”重复了。"


@pytest.mark.parametrize(("data", "line", "said"), [
    pytest.param(b"", 1, "文件是空的", id="empty"),
    pytest.param(b" \n\n", 1, "文件是空的", id="blank"),
    pytest.param("# 只有一句\n".encode(), 1, "文件里只有注释", id="comments only"),
    pytest.param("- 一\n".encode(), 1, "这里要写成“字段: 内容”的若干行", id="a list"),
    pytest.param(SOURCE.encode("gb18030"), 1, "文件不是 UTF-8 编码", id="GB18030"),
    pytest.param(SOURCE.encode("utf-16"), 1, "文件不是 UTF-8 编码", id="UTF-16"),
    pytest.param(b"key: a\ntitle: \xe7\xa7\n", 2, "文件不是 UTF-8 编码", id="broken sign"),
    pytest.param(b"# " + b"x" * 2 * 1024 * 1024 + b"\n", 1, "文件超过2MB", id="too big"),
    pytest.param(BOMB.encode(), 1, "不能用锚点和别名", id="alias bomb"),
    pytest.param(b"a: &a [*a]\n", 1, "不能用锚点和别名", id="alias of itself"),
    pytest.param(b"a: &a x\nb: &a y\n", 1, "不能用锚点和别名", id="anchor twice"),
    pytest.param(b"a: " + b"[" * 100_000 + b"\n", 1, "层次太深", id="100,000 brackets"),
    pytest.param(b"a: " + b"[" * 30 + b"]" * 30 + b"\n", 1, "层次太深", id="30 levels"),
    pytest.param(b"%YAML 1.1\n---\nkey: yes\n", 3, "“yes”容易被读成别的意思", id="YAML 1.1"),
    pytest.param(b"a: [[], [],\n", 2, "方括号或花括号没有配对", id="bracket not closed"),
    pytest.param("a: \"没有配对\n".encode(), 1, "引号或括号没有配对", id="quote not closed"),
])
def test_a_file_that_is_no_plan_is_refused(data, line, said):
    problem = problems_of(data)[0]
    assert problem.line == line
    assert said in problem.message


def test_a_file_that_holds_too_much_is_refused_before_it_costs_time(monkeypatch):
    monkeypatch.setattr(plan_file, "NODE_LIMIT", 20)
    problem = problems_of("".join(f"项{n}: 值\n" for n in range(20)).encode())[0]
    assert (problem.line, problem.message) == (10, "内容太多，不像是方案文件")


@pytest.mark.parametrize("share", range(2, 100, 7))
def test_a_file_cut_anywhere_is_refused(share):
    data = SOURCE.encode()
    assert problems_of(data[:len(data) * share // 100])[0].line <= len(LINES)


@pytest.mark.parametrize("lines", [10, 150, 300, len(LINES) - 12, len(LINES) - 3, len(LINES) - 2])
def test_a_file_cut_at_the_end_of_a_line_is_refused(lines):
    assert problems_of("\n".join(LINES[:lines]).encode() + b"\n")


def test_a_file_that_is_not_there_is_told_by_name(tmp_path):
    with pytest.raises(PlanProblems, match=r"读不到文件 .*nowhere\.yaml"):
        read_plan(tmp_path / "nowhere.yaml")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(plan):
    assert parse_plan(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode()) == plan
