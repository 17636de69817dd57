"""What the office sets without a programmer (设置)."""
from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.show import percent
from tracker.errors import Refused
from tracker.services.office_rules import MOST_MB, OfficeRules, change_rules, office_rules
from tracker.services.rule_changes import rule_changes
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again

bp = Blueprint("rules", __name__)

NAMES = {"similarity": "相似度提示线", "evidence_mb": "佐证材料每份最大", "slip_scan": "报送单扫描件"}
NOT_SAVED = "设置没有改，请改好再存。"


def words(name: str, value: Any) -> str:
    """A rule's value as a person reads it."""
    if name == "similarity":
        return percent(value)
    if name == "evidence_mb":
        return f"{value}MB"
    return "要" if value else "不要"


def whole(name: str, wrong: str) -> int:
    """A whole number as typed, full-width too. Refused, with its field, where it is none."""
    typed = request.form.get(name, "").strip().rstrip("%％MBmb ")
    if not typed.isdecimal() or len(typed) > 6:
        raise Refused(NOT_SAVED, fields={name: wrong})
    return int(typed)


def show(refusal: Refused | None = None) -> str:
    rules = office_rules(session())
    typed = request.form if refusal else {
        "similarity": f"{rules.similarity:.0%}".rstrip("%"), "evidence_mb": str(rules.evidence_mb),
        "slip_scan": "1" if rules.slip_scan else "0"}
    return render_template(
        "rules/index.html", in_words={name: words(name, value) for name, value in asdict(rules).items()}, typed=typed,
        refusal=refusal, default=OfficeRules(), most_mb=MOST_MB, names=NAMES, words=words,
        changes=rule_changes(session(), current_actor()))


@bp.get("/rules")
def index() -> ResponseReturnValue:
    return show()


@bp.post("/rules")
@shown_again(show)
def change() -> ResponseReturnValue:
    rules = OfficeRules(
        similarity=whole("similarity", "相似度要填50到100的整数") / 100,
        evidence_mb=whole("evidence_mb", f"每份大小要填1到{MOST_MB}的整数"),
        slip_scan=request.form.get("slip_scan") == "1")
    change_rules(session(), current_actor(), rules, at=clock().now())
    return redirect(url_for("rules.index", said="rules_changed"), 303)
