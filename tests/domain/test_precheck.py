"""提交前体检: what is noticeable in a report, to the word; nothing is forbidden (DESIGN section 4, UX section 6)."""
from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.precheck import (
    REASONS,
    Beside,
    Check,
    MeasureFacts,
    Returned,
    has_figure,
    hints,
    is_empty_phrase,
)
from tracker.domain.report_text import nothing_new
from tracker.domain.rows import ReportText
from tracker.domain.words import Rating

GOOD = "科技计划项目已立项12项，下达资金860万元。"
OTHER = "组织4家企业申报高新技术企业，办理研发费用加计扣除35户。"
VAGUE = "召开专题会议研究部署，各成员单位形成合力，取得积极成效。"
SUM = {"fund": MeasureFacts("科技资金", "万元", ("12", "15"))}


def text(progress: str = GOOD, **others: object) -> ReportText:
    return ReportText(progress=progress, **({"self_rating": Rating.on_track} | others))


def found(report: ReportText, **beside: object) -> list[tuple[str, str, str]]:
    return [(hint.code.value, hint.field, hint.sentence) for hint in hints(report, Beside(**beside))]


def marks(report: ReportText, **beside: object) -> list[str]:
    return [hint.mark for hint in hints(report, Beside(**beside))]


def test_a_report_with_figures_of_its_own_gets_no_hint():
    assert hints(text(), Beside()) == ()
    assert hints(text(), Beside(last=text(OTHER, percent=40), measures=SUM)) == ()


def test_of_a_blank_report_nothing_is_said_here():
    assert hints(text("  \n"), Beside(last=text())) == ()


@pytest.mark.parametrize("words", [
    "立项12项", "立项１２项", "立项十二项", "完成过半，三成以上已开工", "新增两家企业", "完成率达60%",
    "9月15日印发实施方案",
    "投资1.5亿元", "惠及三千余人", "2026年，完成12项。", "第三季度，下达860万元", "印发1个方案（西政办〔2025〕27号）",
    "1.立项12项", "完成三分之二", "1.5亿元已到位",
])
def test_this_says_how_much(words):
    assert has_figure(words)


@pytest.mark.parametrize("words", [
    "进一步推进各项工作", "统一思想，万众一心", "一是加强领导；二是压实责任；三是强化督查", "召开了一批会议",
    "十分重视，百尺竿头",
    "2026年继续推进", "2026年9月继续推进", "2026年度工作有序开展", "二〇二六年工作开展", "三季度有序推进",
    "2026Q3有序推进",
    "按照西政办〔2025〕27号文件要求推进", "（1）加强领导\n（2）压实责任", "1.加强领导。2.压实责任",
    "1、加强领导；2、压实责任",
    "一个别领域存在短板", "第一时间部署", "上半年有序推进",
])
def test_this_does_not(words):
    assert not has_figure(words)


@pytest.mark.parametrize("words", [
    "无", "无。", "暂无", "同上", "同上期", "与上期一致", "略", "见附件", "详见附件。", "按要求推进", "正在推进",
    "正在有序推进中",
    "按照方案要求积极推进各项工作。", "我局正在按计划推进。", "各项工作有序开展", "该项工作正在进行中", "无变化",
    "没有变化",
    "稳步推进，有序开展。", "持续推进相关工作", "正常", "目前正在办理", "工作正在进一步推进中", "无新进展",
])
def test_these_say_nothing(words):
    assert is_empty_phrase(words)
    assert found(text(words)) == [("empty", "progress", "“进展情况”还没写本期做了什么、做到哪一步")]
    assert marks(text(words)) == ["进展情况没有具体内容"]


@pytest.mark.parametrize("words", [
    GOOD, VAGUE, "与州财政局会商资金方案", "正在推进盐湖提锂中试线设备安装", "按要求推进，已印发方案", "",
    "无人机巡检全覆盖", "继续推进可研批复",
])
def test_these_say_something(words):
    assert not is_empty_phrase(words)


@pytest.mark.parametrize(("report", "beside", "expected"), [
    pytest.param(text(VAGUE), {}, [
        ("no_figure", "progress", "“进展情况”里没有数字，有数的请写上：多少项、多少万元、完成多少")], id="no figure"),
    pytest.param(text(VAGUE, measures=(("fund", "15"),)), {"measures": SUM}, [], id="the measure is the figure"),
    pytest.param(text(VAGUE, percent=45), {}, [
        ("no_figure", "progress", "“进展情况”里没有数字，有数的请写上：多少项、多少万元、完成多少")],
        id="a percent alone says nothing of what was done"),
    pytest.param(text(), {"last": text()}, [
        ("alike", "progress", "这一栏与上期相似100%。照常可以交，审核人也会看到")], id="word for word"),
    pytest.param(text("一" * 17 + "3个" + "二" * 6), {"last": text("一" * 17 + "3个" + "四" * 3 + "二" * 3)}, [
        ("alike", "progress", "这一栏与上期相似88%。照常可以交，审核人也会看到")], id="88 of a hundred"),
    pytest.param(text("一" * 17 + "3个" + "二" * 6),
                 {"last": text("一" * 17 + "3个" + "四" * 3 + "二" * 3), "threshold": 0.9}, [],
                 id="the office set the threshold higher"),
    pytest.param(text(OTHER), {"last": text()}, [], id="other words"),
    pytest.param(text(VAGUE), {"last": text(VAGUE)}, [
        ("alike", "progress", "这一栏与上期相似100%。照常可以交，审核人也会看到"),
        ("no_figure", "progress", "“进展情况”里没有数字，有数的请写上：多少项、多少万元、完成多少")], id="both"),
    pytest.param(text("同上"), {"last": text("同上")}, [
        ("empty", "progress", "“进展情况”还没写本期做了什么、做到哪一步")], id="an empty phrase is said once"),
    pytest.param(text(nothing_new("用地手续未批复")), {}, [
        ("nothing_new", "progress", "已记本期无新进展，理由会给督查室看")], id="nothing new has no figure to give"),
    pytest.param(text(nothing_new("手续未批复")), {"last": text(nothing_new("手续未批复"))}, [
        ("nothing_new", "progress", "已记连续两期无新进展，理由会给督查室看")], id="nothing new twice running"),
])
def test_what_is_said_of_the_text(report, beside, expected):
    assert found(report, **beside) == expected


@pytest.mark.parametrize(("now", "sentence"), [
    ("1500", "上期15万元，这次1,500万元，差得多，请看看单位对不对"),
    ("150", "上期15万元，这次150万元，差得多，请看看单位对不对"),
    ("149.99", ""), ("15", ""), ("1.51", ""),
    ("1.5", "上期15万元，这次1.5万元，差得多，请看看单位对不对"),
    ("0", "上期15万元，这次0万元，差得多，请看看单位对不对"),
    ("", ""), ("十五", ""), ("NaN", ""), ("Infinity", ""),
])
def test_a_number_far_from_its_series(now, sentence):
    last = text(OTHER, measures=(("fund", "15"),))
    said = [("far", "measure-fund", sentence)] if sentence else []
    assert found(text(measures=(("fund", now),)), last=last, measures=SUM) == said


def test_where_the_last_period_gave_no_number_an_earlier_one_counts():
    report = text(measures=(("fund", "1500"),))
    assert found(report, last=text(OTHER), measures=SUM) == [
        ("far", "measure-fund", "以前15万元，这次1,500万元，差得多，请看看单位对不对")]
    assert marks(report, measures=SUM) == ["科技资金以前15万元，这次1,500万元"]


def test_evidence_that_last_period_had_too_is_named_file_by_file():
    assert found(text(), same_files=("批复.pdf", "清单.xlsx")) == [
        ("same_file", "files", "“批复.pdf”与上期交的是同一个文件，请看看是不是传错了"),
        ("same_file", "files", "“清单.xlsx”与上期交的是同一个文件，请看看是不是传错了")]


@pytest.mark.parametrize("earlier", [(), ("0",), ("", "无")])
def test_a_first_number_and_one_after_nothing_are_not_far(earlier):
    measures = {"fund": MeasureFacts("科技资金", "万元", earlier)}
    assert hints(text(measures=(("fund", "1500"),)), Beside(measures=measures)) == ()


def test_a_measure_that_the_task_does_not_have_is_passed_over():
    assert hints(text(measures=(("gone", "1500"),)), Beside(measures=SUM)) == ()


@pytest.mark.parametrize(("was", "now", "sentence"), [
    (45, 40, "完成比例上期45%，这次40%，低了，请看看对不对"),
    (4, 40, "完成比例上期4%，这次40%，差得多，请看看对不对"),
    (4, 39, ""), (45, 45, ""), (0, 60, ""), (None, 60, ""), (45, None, ""),
    (100, 0, "完成比例上期100%，这次0%，低了，请看看对不对"),
])
def test_a_percent_that_falls_or_leaps(was, now, sentence):
    said = [("far", "percent", sentence)] if sentence else []
    assert found(text(percent=now), last=text(OTHER, percent=was)) == said


@pytest.mark.parametrize(("problems", "missing"), [
    ("", "原因和整改措施"), ("无", "原因和整改措施"), ("没有问题。", "原因和整改措施"), ("同上", "原因和整改措施"),
    ("进度慢。", "原因和整改措施"),
    ("原因：用地手续未批复。", "整改措施"), ("受冻土影响停工。", "整改措施"), ("资金缺口大。", "整改措施"),
    ("将倒排工期，10月底前完成。", "原因"),
    ("由于用地手续未批复，进度慢。下一步加快办理。", ""), ("原因：资金不足。整改措施：争取省级资金。", ""),
])
def test_behind_asks_for_its_cause_and_its_remedy(problems, missing):
    said = [("ungrounded", "problems", f"自评欠序时，“存在问题”里还没写{missing}")] if missing else []
    assert found(text(problems=problems, self_rating=Rating.behind)) == said
    assert hints(text(problems=problems), Beside()) == ()


AS_SENT_BACK = text(problems="缺人。", next_steps="继续申报。")


@pytest.mark.parametrize(("report", "reason", "new_files", "expected"), [
    pytest.param(AS_SENT_BACK, "请补充金额", 0, [
        ("progress", "与退回的那一份几乎一样，退回意见还没有回应，请再看看")], id="nothing changed"),
    pytest.param(text(GOOD + "　", problems="缺人", next_steps="继续申报。"), "请补充金额", 0, [
        ("progress", "与退回的那一份几乎一样，退回意见还没有回应，请再看看")], id="blanks and marks changed"),
    pytest.param(AS_SENT_BACK, "佐证不足", 1, [], id="a new file is an answer"),
    pytest.param(AS_SENT_BACK, "佐证不足", 0, [
        ("files", "上次退回指出“佐证不足”，这次没有新的佐证材料，请再看看")], id="no new file"),
    pytest.param(text(OTHER), "佐证不足；请附批复", 0, [
        ("files", "上次退回指出“佐证不足”，这次没有新的佐证材料，请再看看")], id="other words, but still no new file"),
    pytest.param(text(GOOD.replace("860", "680"), problems="缺人。", next_steps="继续申报。"), "口径不符", 0, [],
                 id="a figure put right is an answer"),
    pytest.param(text(problems="缺人，已向州委编办申请增加事业编制。", next_steps="继续申报。"), "内容空泛", 0, [],
                 id="another field is an answer"),
    pytest.param(text(problems="缺人。", next_steps="继续申报。", self_rating=Rating.behind), "口径不符", 0, [
        ("problems", "自评欠序时，“存在问题”里还没写整改措施")], id="another rating is an answer"),
    pytest.param(text(VAGUE), "无量化进展", 0, [
        ("progress", "上次退回指出“无量化进展”，这次还是没有数字，请再看看")], id="still no figure, said once"),
    pytest.param(text(OTHER), "无量化进展", 0, [], id="now it has figures"),
    pytest.param(text(nothing_new("手续未批复")), "无量化进展", 0, [
        ("progress", "已记本期无新进展，理由会给督查室看")], id="nothing new is an answer too"),
    pytest.param(text(VAGUE), "内容空泛、无量化进展、佐证不足；请写清", 0, [
        ("progress", "上次退回指出“无量化进展”，这次还是没有数字，请再看看"),
        ("files", "上次退回指出“佐证不足”，这次没有新的佐证材料，请再看看")], id="each reason by itself"),
])
def test_whether_the_last_return_was_answered(report, reason, new_files, expected):
    said = found(report, returned=Returned(AS_SENT_BACK, reason, new_files))
    assert [(name, sentence) for _, name, sentence in said] == expected


def test_a_return_for_repetition_is_held_against_last_period():
    last, returned = text(), Returned(text(GOOD), "与上期雷同")
    assert found(text(GOOD + "另有1项。"), last=last, returned=returned) == [
        ("unanswered", "progress", "上次退回指出“与上期雷同”，这次与上期仍相似90%，请再看看")]
    assert hints(text(OTHER), Beside(last=last, returned=returned)) == ()


def test_the_reviewer_reads_the_same_in_short():
    last = text(VAGUE, percent=45, measures=(("fund", "15"),))
    report = text(VAGUE, percent=40, self_rating=Rating.behind)
    assert marks(report, last=last, returned=Returned(text(OTHER), "佐证不足")) == [
        "上次退回“佐证不足”，这次没有新的佐证材料", "与上期相似100%", "通篇没有数字", "完成比例由45%降到40%",
        "欠序时，没写原因和整改措施"]


def test_the_reasons_of_a_return_are_the_offices():
    assert REASONS == ("内容空泛", "无量化进展", "与上期雷同", "佐证不足", "口径不符")


@given(st.text(), st.text(), st.text(), st.sampled_from(list(Rating)))
def test_whatever_is_written_there_is_an_answer_and_no_two_hints_are_the_same(now, before, problems, rating):
    report = ReportText(progress=now, problems=problems, self_rating=rating, measures=(("fund", now),))
    beside = Beside(last=text(before), returned=Returned(text(before), problems), measures=SUM)
    said = hints(report, beside)
    assert len({(hint.code, hint.mark) for hint in said}) == len(said)
    assert {hint.code for hint in said} <= set(Check)


@given(st.decimals(min_value=Decimal("0.01"), max_value=10**9, places=2), st.integers(min_value=2, max_value=9))
def test_less_than_tenfold_is_never_far(value, factor):
    measures = {"fund": MeasureFacts("科技资金", "万元", (str(value),))}
    report = text(measures=(("fund", str(value * factor)),))
    assert hints(report, Beside(measures=measures)) == ()
