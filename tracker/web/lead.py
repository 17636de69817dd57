"""The lead's desk (牵头汇总台): who gave what, who is silent; quote, chase, answer. And a co-unit's objection."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.permissions import Act, may
from tracker.errors import Refused
from tracker.services import consolidating, lead_desk
from tracker.services.lead_desk import ChaseLine, LeadDesk, QuoteLine
from tracker.services.report_page import ReportPage
from tracker.web.context import clock, current_actor, session
from tracker.web.drafts import answers_json
from tracker.web.forms import shown_again
from tracker.web.report_form import number, said_not_secret, typed_text
from tracker.web.reports import show_page

bp = Blueprint("lead", __name__)

NOBODY_PICKED = "还没有勾选单位，没有催办"


def show_desk(refusal: Refused | None = None, *, obligation_id: int, **row: int) -> str:
    """The desk; what was refused stands at the row that `row` names: part_id, quotation_id or objection_id."""
    at = clock().now()
    refusal = _of_row(refusal, *row.values()) if refusal and row else refusal
    desk = lead_desk.lead_desk(session(), current_actor(), obligation_id, at)
    return render_template("lead/index.html", desk=desk, refusal=refusal, at=at)


def show_where_it_was(refusal: Refused, *, obligation_id: int, part_id: int) -> str:
    """The report's form where its text was sent along, else the desk."""
    if "progress" in request.form:
        return show_page(refusal, obligation_id=obligation_id)
    return show_desk(refusal, obligation_id=obligation_id, part_id=part_id)


def show_part(refusal: Refused, *, obligation_id: int, quotation_id: int) -> str:
    return show_page(_of_row(refusal, quotation_id), obligation_id=obligation_id)


def _of_row(refusal: Refused, row: int) -> Refused:
    """The same, with the controls named as they are in that row of the page."""
    refusal.fields = {f"{name}-{row}": sentence for name, sentence in refusal.fields.items()}
    return refusal


@bp.get("/reports/<int:obligation_id>/parts")
def index(obligation_id: int) -> ResponseReturnValue:
    return show_desk(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>/parts/<int:part_id>/quote")
@shown_again(show_where_it_was)
def quote(obligation_id: int, part_id: int) -> ResponseReturnValue:
    """From the report's form with all that is typed in it, or from the desk."""
    in_form = "progress" in request.form
    consolidating.quote(session(), current_actor(), obligation_id, part_obligation_id=part_id,
                        text=request.form.get("text", ""), typed=typed_text() if in_form else None,
                        version=number("version"), at=clock().now(), not_secret=said_not_secret())
    if in_form:
        return redirect(url_for("reports.show", obligation_id=obligation_id, said="quoted"), 303)
    return redirect(url_for("lead.index", obligation_id=obligation_id, said="quoted", _anchor=f"part-{part_id}"), 303)


@bp.post("/reports/<int:obligation_id>/parts/<int:part_id>/noted")
@answers_json
def note(obligation_id: int, part_id: int) -> ResponseReturnValue:
    """quote.js has put the words into the form, whose autosave keeps them; here only their origin is kept."""
    consolidating.note_quotation(session(), current_actor(), obligation_id, part_obligation_id=part_id,
                                 text=request.form.get("text", ""), at=clock().now())
    return jsonify(noted=True)


@bp.post("/reports/<int:obligation_id>/quotations/<int:quotation_id>/drop")
@shown_again(show_desk)
def drop(obligation_id: int, quotation_id: int) -> ResponseReturnValue:
    consolidating.drop_quotation(session(), current_actor(), quotation_id, version=number("version"), at=clock().now())
    return redirect(url_for("lead.index", obligation_id=obligation_id, said="quote_dropped"), 303)


@bp.post("/reports/<int:obligation_id>/chase")
@shown_again(show_desk)
def chase(obligation_id: int) -> ResponseReturnValue:
    picked = request.form.getlist("part", type=int)
    if not picked:
        raise Refused(NOBODY_PICKED, fields={"silent": NOBODY_PICKED})
    consolidating.chase_silent(session(), current_actor(), obligation_id, part_ids=picked,
                               words=request.form.get("words", ""), at=clock().now())
    return redirect(url_for("lead.index", obligation_id=obligation_id, said="chased"), 303)


@bp.post("/reports/<int:obligation_id>/objections/<int:objection_id>")
@shown_again(show_desk)
def answer(obligation_id: int, objection_id: int) -> ResponseReturnValue:
    consolidating.answer_objection(session(), current_actor(), objection_id, answer=request.form.get("words", ""),
                                   at=clock().now())
    return redirect(url_for("lead.index", obligation_id=obligation_id, said="objection_answered"), 303)


@bp.post("/reports/<int:obligation_id>/quotations/<int:quotation_id>/objection")
@shown_again(show_part)
def object_to(obligation_id: int, quotation_id: int) -> ResponseReturnValue:
    """A co-unit's clerk, from the page of its own part."""
    consolidating.object_to(session(), current_actor(), quotation_id, words=request.form.get("words", ""),
                            at=clock().now())
    return redirect(url_for("reports.show", obligation_id=obligation_id, said="objected", _anchor="quoted"), 303)


@bp.app_context_processor
def _beside_a_report() -> dict[str, Any]:
    """What the parts of a report's page in templates/lead/ ask for."""
    return {"has_lead_desk": _has_desk, "lead_parts": _parts, "quoted_in": _quoted, "chases_on": _chases,
            "may_object": lambda: may(current_actor(), Act.object)}


def _has_desk(page: ReportPage) -> bool:
    return page.own and page.beside.parts > 0 and may(current_actor(), Act.consolidate)


def _parts(page: ReportPage) -> LeadDesk | None:
    """The co-units' parts, for the form of a lead's report; None where there is nothing to consolidate."""
    if not _has_desk(page):
        return None
    return lead_desk.lead_desk(session(), current_actor(), page.obligation_id, clock().now())


def _quoted(page: ReportPage) -> tuple[QuoteLine, ...]:
    return lead_desk.quoted_of(session(), current_actor(), page.obligation_id, clock().now()) if page.own else ()


def _chases(page: ReportPage) -> tuple[ChaseLine, ...]:
    return lead_desk.chases_of(session(), current_actor(), page.obligation_id) if page.own else ()
