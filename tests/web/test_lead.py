"""The lead's desk on the pages (牵头汇总台): quoting without scripts, chasing, objections, and who finds nothing."""
from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import actor_of, make_obligation, make_task, make_text, make_unit, make_user, moment
from tests.web.desk import AT, CANARY, Desk, hostile, written
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import Role, State, UserRole
from tracker.models import Chase, Objection, Quotation, Report
from tracker.services.reporting import submit_report, withdraw_report

LATER = moment("2026-10-08 09:40")          # the pages' clock stands at 09:30
SAID = "配合落实资金300万元，新建实验室3个。"


class Scene(Desk):
    """州科技局 leads task 1; 州财政局 and 州教育局 work with it."""

    def __init__(self, app: Flask, session: Session) -> None:
        super().__init__(app, session)
        names = ("州财政局", "州教育局", "州文旅局")
        self.units = {name: make_unit(session, name=name, sign_off=False) for name in names}
        self.unit.sign_off = False
        session.commit()
        self.task = make_task(session, lead=self.unit, co=[self.units["州财政局"], self.units["州教育局"]])
        self.lead_id = self.owe(task=self.task)
        self.part = {name: self.owe(task=self.task, unit=self.units[name], role=Role.co) for name in names[:2]}
        self.users = {name: make_user(session, unit=unit) for name, unit in self.units.items()}
        self.co = self.enter(self.users["州财政局"])

    @property
    def path(self) -> str:
        return f"/reports/{self.lead_id}"

    def give(self, name: str = "州财政局", text: str = SAID) -> int:
        part = self.part[name]
        submit_report(self.session, actor_of(self.session, self.users[name]), part, text=make_text(text),
                      version=self.obligation(part).version, request_key=f"g{self.obligation(part).version}", at=AT)
        return part

    def page(self) -> str:
        return self.clerk.get(f"{self.path}/parts").text

    def quote(self, part: int, **fields: Any) -> Any:
        asked = {"version": self.obligation(self.lead_id).version} | fields
        return self.clerk.post(f"{self.path}/parts/{part}/quote", **asked)

    def quoted(self, used: str = SAID) -> int:
        """州财政局 is quoted in a report that went out. The quotation's id."""
        self.quote(self.give())
        self.submit(self.lead_id, make_text(f"立项12项。\n州财政局：{used}"), at=LATER)
        self.session.rollback()
        return self.session.scalars(select(Quotation.id)).one()

    def objection(self) -> int:
        self.session.rollback()
        return self.session.scalars(select(Objection.id)).one()

    def draft(self) -> str:
        self.session.rollback()
        report = self.session.get(Report, self.lead_id)
        return report.progress if report is not None else ""


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    return Scene(app, session)


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def test_the_heading_says_who_gave_and_who_is_silent(scene: Scene) -> None:
    assert heading(scene.page()) == "2家配合单位都还没报"
    scene.give()
    page = scene.page()
    assert heading(page) == "2家配合单位已报1家，1家没报"
    assert one_line(page, "<title>.*?</title>").startswith("2家配合单位已报1家，1家没报")
    assert f'id="passage-{scene.part["州财政局"]}">{SAID}</p>' in page
    scene.give("州教育局")
    assert heading(scene.page()) == "2家配合单位都报了"


def test_a_task_without_co_units_says_so(scene: Scene) -> None:
    alone = scene.owe("2")
    page = scene.clerk.get(f"/reports/{alone}/parts").text
    assert heading(page) == "任务2本期没有配合单位要报"
    assert "牵头件直接写就行" in page


def test_one_click_on_the_desk_puts_the_part_into_the_draft(scene: Scene) -> None:
    part = scene.give()
    answer = scene.quote(part, text="")
    assert (answer.status_code, answer.headers["Location"]) == (
        303, f"{scene.path}/parts?said=quoted#part-{part}")
    assert scene.draft() == f"州财政局：{SAID}"
    page = scene.clerk.get(answer.headers["Location"]).text
    assert "已引用，署了单位名放在进展情况最后，已有的不重复放。草稿已存。" in page
    assert "<h2>引用了 1 处</h2>" in page
    assert "原文照引" in page


def test_a_passage_that_is_not_theirs_comes_back_with_its_reason(scene: Scene) -> None:
    part = scene.give()
    answer = scene.quote(part, text="编出来的话")
    assert answer.status_code == 422
    assert f'<a href="#text-{part}">' in answer.text
    assert f'<p class="err" id="text-{part}-error">这段话不是州财政局所报进展情况里的原文' in answer.text
    assert "编出来的话</textarea>" in answer.text
    assert scene.draft() == ""


def test_from_the_form_all_that_is_typed_is_saved_with_it(scene: Scene) -> None:
    part = scene.give()
    answer = scene.clerk.post(f"{scene.path}/parts/{part}/quote", **written(1, progress="写了一半", problems="缺人"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{scene.path}?said=quoted")
    assert scene.draft() == f"写了一半\n州财政局：{SAID}"
    assert scene.session.get_one(Report, scene.lead_id).problems == "缺人"
    assert scene.obligation(scene.lead_id).state is State.draft


def test_from_the_form_what_is_refused_comes_back_typed(scene: Scene) -> None:
    part = scene.give()
    too_long = scene.clerk.post(f"{scene.path}/parts/{part}/quote", **written(1, progress="写" * 4999))
    assert too_long.status_code == 422
    assert "写" * 4999 in too_long.text
    stale = scene.clerk.post(f"{scene.path}/parts/{part}/quote", **written(9, progress="我写的话"))
    assert stale.status_code == 409
    assert "我写的话" in stale.text
    asked = scene.clerk.post(f"{scene.path}/parts/{part}/quote", **written(1, progress="内部资料一份"))
    assert asked.status_code == 422
    assert "我确认不涉密" in asked.text
    assert scene.draft() == ""


def test_the_origin_of_words_that_the_page_put_in_is_noted(scene: Scene) -> None:
    part = scene.give()
    answer = scene.clerk.post(f"{scene.path}/parts/{part}/noted", text="新建实验室3个")
    assert (answer.status_code, answer.json) == (200, {"noted": True})
    scene.session.rollback()
    assert scene.session.scalars(select(Quotation.text)).all() == ["新建实验室3个"]
    refused = scene.clerk.post(f"{scene.path}/parts/{part}/noted", text="编的")
    assert (refused.status_code, list(json.loads(refused.text)["fields"])) == (422, ["text"])


def test_a_quotation_is_taken_back_with_one_click(scene: Scene) -> None:
    scene.quote(scene.give())
    scene.session.rollback()
    kept = scene.session.scalars(select(Quotation.id)).one()
    answer = scene.clerk.post(f"{scene.path}/quotations/{kept}/drop", version=scene.obligation(scene.lead_id).version)
    assert answer.headers["Location"] == f"{scene.path}/parts?said=quote_dropped"
    assert scene.draft() == ""
    assert "引用了" not in scene.page()


def test_the_silent_are_chased_and_read_it_on_their_page(scene: Scene) -> None:
    scene.give()
    page = scene.page()
    silent = scene.part["州教育局"]
    assert re.findall(r'name="part" value="(\d+)" checked', page) == [str(silent)]
    assert "催办勾选的单位" in page
    answer = scene.clerk.post(f"{scene.path}/chase", part=silent, words="重点写培训。")
    assert answer.headers["Location"] == f"{scene.path}/parts?said=chased"
    page = scene.page()
    assert "没报的今天都催过了" in page
    assert "今天 09:30" in page
    again = scene.clerk.post(f"{scene.path}/chase", part=silent, words="再催一次")
    assert (again.status_code, "没报的单位今天都催过了" in again.text) == (422, True)
    scene.session.rollback()
    assert [row.words for row in scene.session.scalars(select(Chase))] == [
        "请于10月10日（周六，补班）18:00前报送任务1的配合情况（2026年第三季度）。重点写培训。"]


def test_a_chase_is_read_by_clerk_and_head_until_the_part_is_delivered(scene: Scene) -> None:
    part = scene.part["州财政局"]
    scene.clerk.post(f"{scene.path}/chase", part=part, words="重点写资金。")
    head = scene.enter(make_user(scene.session, UserRole.head, unit=scene.units["州财政局"]))
    for visitor in (scene.co, head):
        page = visitor.get(f"/reports/{part}").text
        assert "<h2>州科技局催办</h2>" in page
        assert "报送任务1的配合情况（2026年第三季度）。重点写资金。</p>" in page
    scene.give()
    assert "催办</h2>" not in scene.co.get(f"/reports/{part}").text


def test_nobody_is_chased_where_nobody_is_ticked(scene: Scene) -> None:
    answer = scene.clerk.post(f"{scene.path}/chase", words="请尽快")
    assert answer.status_code == 422
    assert '<a href="#silent">还没有勾选单位，没有催办</a>' in answer.text
    assert "请尽快</textarea>" in answer.text
    assert re.findall(r'name="part" value="\d+"( checked)?', answer.text) == ["", ""]
    scene.session.rollback()
    assert scene.session.scalars(select(Chase)).all() == []


def test_the_leads_desk_shows_an_objection_first_and_takes_the_answer(scene: Scene) -> None:
    kept = scene.quoted(SAID.replace("300", "30"))
    answer = scene.co.post(f"/reports/{scene.part['州财政局']}/quotations/{kept}/objection", words="是300万元")
    assert answer.headers["Location"] == f"/reports/{scene.part['州财政局']}?said=objected#quoted"
    page = scene.page()
    assert heading(page) == "2家配合单位已报1家，1家没报；1处引用有异议，等答复"
    assert page.index("是300万元") < page.index('id="silent"')
    objection = scene.objection()
    empty = scene.clerk.post(f"{scene.path}/objections/{objection}", words=" ")
    assert (empty.status_code, f'id="words-{objection}-error"' in empty.text) == (422, True)
    answer = scene.clerk.post(f"{scene.path}/objections/{objection}", words="已更正")
    assert answer.headers["Location"] == f"{scene.path}/parts?said=objection_answered"
    assert heading(scene.page()) == "2家配合单位已报1家，1家没报"


def test_an_objection_without_words_comes_back_to_the_parts_page(scene: Scene) -> None:
    kept = scene.quoted()
    answer = scene.co.post(f"/reports/{scene.part['州财政局']}/quotations/{kept}/objection", words="")
    assert answer.status_code == 422
    assert "还没有写内容" in answer.text


def test_once_handed_in_nothing_is_quoted(scene: Scene) -> None:
    scene.quoted()
    page = scene.page()
    assert "现在不能引用" in page
    assert re.findall(r'action="/reports/[^"]*/(?:quote|drop)"', page) == []


# who finds nothing


def tries(scene: Scene, kept: int, objection: int) -> list[tuple[str, dict[str, Any]]]:
    """The desk's addresses; a POST where there are fields."""
    part, path = scene.part["州财政局"], scene.path
    return [(f"{path}/parts", {}), (f"{path}/parts/{part}/quote", {"version": 1, "text": ""}),
            (f"{path}/parts/{part}/noted", {"text": SAID}), (f"{path}/chase", {"part": part}),
            (f"{path}/quotations/{kept}/drop", {"version": 1}), (f"{path}/objections/{objection}", {"words": "答"})]


def ask(visitor: Visitor, path: str, fields: dict[str, Any]) -> tuple[int, str]:
    answer = visitor.post(path, **fields) if fields else visitor.get(path)
    return answer.status_code, re.sub(r'(content|value)="[^"]{20,}"', "", answer.text)


def test_the_desk_is_not_there_for_anybody_else(scene: Scene) -> None:
    kept = scene.quoted()
    scene.co.post(f"/reports/{scene.part['州财政局']}/quotations/{kept}/objection", words="不对")
    objection = scene.objection()
    scene.accept(scene.lead_id)
    others = [scene.co, scene.enter(scene.users["州教育局"]), scene.enter(scene.users["州文旅局"]), scene.office,
              scene.enter(make_user(scene.session, UserRole.head, unit=scene.unit)),
              *(visitor_as(scene.app, role) for role in (UserRole.leader, UserRole.admin, UserRole.auditor))]
    before = digest_of(scene.session)
    for visitor in others:
        for path, fields in tries(scene, kept, objection):
            assert ask(visitor, path, fields)[0] == 404, (path, fields)
    assert digest_of(scene.session) == before


def test_anothers_and_what_is_not_there_answer_alike(scene: Scene) -> None:
    kept = scene.quoted()
    scene.co.post(f"/reports/{scene.part['州财政局']}/quotations/{kept}/objection", words="不对")
    objection = scene.objection()
    stranger = scene.enter(scene.users["州文旅局"])
    for path, fields in tries(scene, kept, objection):
        absent = re.sub(r"\d+", "99999", path)
        assert ask(stranger, path, fields) == ask(stranger, absent, fields)
    mine = f"/reports/{scene.part['州教育局']}/quotations"
    other = scene.enter(scene.users["州教育局"])
    assert ask(other, f"{mine}/{kept}/objection", {"words": "不对"}) == ask(
        other, f"{mine}/99999/objection", {"words": "不对"})


def test_what_a_co_unit_has_not_delivered_is_nowhere(scene: Scene) -> None:
    part = scene.part["州财政局"]
    scene.co.post(f"/reports/{part}", **written(1, progress=f"{CANARY}1项。", deed="save"))
    untouched = ask(scene.clerk, f"{scene.path}/parts/{scene.part['州教育局']}/quote", {"version": 1, "text": CANARY})
    assert ask(scene.clerk, f"{scene.path}/parts/{part}/quote", {"version": 1, "text": CANARY}) == untouched
    assert untouched[0] == 404
    scene.give("州财政局", f"{CANARY}2项。")
    assert CANARY in scene.page()
    withdraw_report(scene.session, actor_of(scene.session, scene.users["州财政局"]), part,
                    version=scene.obligation(part).version, at=AT)
    assert CANARY not in scene.page()
    assert CANARY not in scene.clerk.get(scene.path).text


def test_what_the_lead_has_not_sent_is_nowhere_on_the_co_units_page(scene: Scene) -> None:
    part = scene.give()
    scene.quote(part, **written(1, progress=f"{CANARY}。"))
    assert CANARY not in scene.co.get(f"/reports/{part}").text
    assert 'id="quoted"' not in scene.co.get(f"/reports/{part}").text
    scene.submit(scene.lead_id, make_text(f"{CANARY}。\n州财政局：{SAID}"), at=LATER)
    page = scene.co.get(f"/reports/{part}").text
    assert CANARY not in page
    assert "牵头单位引用了1处" in page


def test_a_hostile_text_is_shown_and_does_nothing(scene: Scene) -> None:
    part = scene.give(text=hostile(900))
    scene.quote(part, text="")
    page = scene.page()
    assert "<script>alert" not in page
    assert html.escape(hostile(900)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page


def test_a_desk_of_another_task_does_not_lend_its_parts(scene: Scene) -> None:
    other = make_task(scene.session, number="2", lead=scene.unit, co=[scene.units["州文旅局"]])
    mine = scene.owe(task=other)
    make_obligation(scene.session, task=other, unit=scene.units["州文旅局"], role=Role.co)
    part = scene.give()
    assert scene.clerk.post(f"/reports/{mine}/parts/{part}/quote", version=1, text="").status_code == 404
    assert scene.clerk.post(f"/reports/{mine}/chase", part=scene.part["州教育局"], words="").status_code == 404
