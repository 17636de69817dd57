"""Who may reach which page (路由权限): what is not listed is denied. A house test compares with the addresses."""
from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from tracker.domain.permissions import Act, may
from tracker.errors import Forbidden, NotYours
from tracker.services import sessions
from tracker.web.context import clock, session, settings, visit
from tracker.web.errors import written
from tracker.web.session import opaque


class Open(StrEnum):
    public = "public"


PUBLIC = Open.public

ROUTES: dict[str, Act | Open] = {
    "static": PUBLIC,
    "health.healthz": PUBLIC,
    "health.readyz": PUBLIC,
    "account.login": PUBLIC,
    "account.log_in": PUBLIC,
    "account.large_print": PUBLIC,
    "account.welcome": PUBLIC,
    "account.set_password": PUBLIC,
    "account.switch_identity": Act.switch_post,
    "account.log_out": Act.keep_own_account,
    "account.password": Act.keep_own_account,
    "account.change_password": Act.keep_own_account,
    "account.end_others": Act.keep_own_account,
    "home.index": Act.start,
    "overview.index": Act.read_overview,
    "tasks.index": Act.read_tasks,
    "tasks.show": Act.read_tasks,
    "tasks.show_of_plan": Act.read_tasks,
    "tasks.complete": Act.keep_plan,
    "tasks.write_complete": Act.keep_plan,
    "tasks.new": Act.keep_plan,
    "tasks.add": Act.keep_plan,
    "extensions.index": Act.decide_extension,
    "extensions.decide": Act.decide_extension,
    "extensions.report_form": Act.ask_extension,
    "extensions.ask_of_report": Act.ask_extension,
    "extensions.milestone_form": Act.ask_extension,
    "extensions.ask_of_milestone": Act.ask_extension,
    "extensions.task_form": Act.ask_extension,
    "extensions.ask_of_task": Act.ask_extension,
    "closing.index": Act.read_tasks,
    "closing.ask": Act.ask_closing,
    "closing.decide": Act.decide_closing,
    "closing.ask_state": Act.keep_task_state,
    "closing.change_state": Act.keep_task_state,
    "closing.release": Act.read_tasks,
    "closing.decide_release": Act.decide_closing,
    "year_plans.index": Act.approve_year_plan,
    "year_plans.show": Act.read_tasks,
    "year_plans.write": Act.file_year_plan,
    "year_plans.decide": Act.approve_year_plan,
    "year_plans.milestone": Act.read_tasks,
    "year_plans.done": Act.report_milestone,
    "year_plans.undo": Act.approve_year_plan,
    "unit_changes.index": Act.change_units,
    "unit_changes.change": Act.change_units,
    "exports.index": Act.read_exports,
    "exports.make": Act.make_exports,
    "exports.download": Act.read_exports,
    "jobs.index": Act.read_jobs,
    "jobs.run": Act.run_jobs,
    "my.index": Act.read_own_work,
    "my.grid": Act.read_own_work,
    "my.write_grid": Act.report,
    "reports.show": Act.read_reports,
    "reports.write": Act.report,
    "reports.withdraw": Act.report,
    "drafts.keep": Act.report,
    "drafts.restore": Act.report,
    "files.index": Act.read_files,
    "files.add": Act.attach,
    "files.date_file": Act.attach,
    "files.remove": Act.attach,
    "files.download": Act.read_files,
    "files.preview": Act.read_files,
    "purges.of_file": Act.ask_purge,
    "purges.ask_of_file": Act.ask_purge,
    "purges.of_report": Act.ask_purge,
    "purges.ask_of_report": Act.ask_purge,
    "purges.index": Act.purge,
    "purges.one": Act.purge,
    "purges.decide": Act.purge,
    "lead.index": Act.consolidate,
    "lead.quote": Act.consolidate,
    "lead.note": Act.consolidate,
    "lead.drop": Act.consolidate,
    "lead.chase": Act.consolidate,
    "lead.answer": Act.consolidate,
    "lead.object_to": Act.object,
    "sign.index": Act.sign,
    "sign.decide": Act.sign,
    "sign.every": Act.sign,
    "sign.sign_every": Act.sign,
    "sign.deputy": Act.keep_deputy,
    "sign.name_deputy": Act.keep_deputy,
    "sign.end_deputy": Act.keep_deputy,
    "slip.index": Act.read_slip,
    "slip.scan": Act.read_slip,
    "entering.form": Act.enter_for,
    "entering.enter": Act.enter_for,
    "entering.confirm": Act.confirm_entry,
    "review.index": Act.review,
    "review.decide": Act.review,
    "review.undo": Act.review,
    "review.accept_all": Act.review,
    "rules.index": Act.keep_rules,
    "rules.change": Act.keep_rules,
    "done.index": Act.read_done,
    "audit.index": Act.read_audit,
    "audit.verify": Act.read_audit,
    "users.index": Act.keep_accounts,
    "users.new": Act.keep_accounts,
    "users.create": Act.keep_accounts,
    "users.show": Act.keep_accounts,
    "users.reset": Act.keep_accounts,
    "users.unlock": Act.keep_accounts,
    "users.disable": Act.keep_accounts,
    "users.enable": Act.keep_accounts,
    "users.set_roles": Act.keep_accounts,
    "users.give_post": Act.keep_accounts,
    "users.end_post": Act.keep_accounts,
    "users.waiting": Act.keep_accounts,
    "users.renew_links": Act.keep_accounts,
    "users.leave": Act.keep_accounts,
    "users.hand_over": Act.keep_accounts,
    "people_import.start": Act.keep_accounts,
    "people_import.template": Act.keep_accounts,
    "people_import.check": Act.keep_accounts,
    "people_import.make": Act.keep_accounts,
    "people_import.problems": Act.keep_accounts,
    "people_import.hand_out": Act.keep_accounts,
    "units.sign_off": Act.keep_accounts,
    "units.set_sign_off": Act.keep_accounts,
}

LOGGED_OUT = "登录已经过期，没有提交。写的内容在下面，请先复制，重新登录后再交。"
FIRST_PASSWORD = frozenset({"account.password", "account.change_password", "account.log_out"})
WITHOUT_DATABASE = frozenset({"static", "health.healthz", "health.readyz"})


def init_app(app: Flask) -> None:
    """Check every request: where it comes from, who it is, whether he may."""
    app.before_request(_same_origin)
    app.before_request(_recognise)
    app.before_request(_allow)


def _same_origin() -> None:
    """A form sent by another site is refused, whatever token it carries."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        raise CSRFError("foreign origin")


def _recognise() -> None:
    """Find the log-in behind the cookie, once a request."""
    g.visit = None
    if request.endpoint in WITHOUT_DATABASE:
        return
    mine = opaque()
    if mine.new:
        return
    config, at = settings(), clock().now()
    g.visit = sessions.find(session(), mine.id, at=at, idle=timedelta(minutes=config.idle_minutes),
                            longest=timedelta(hours=config.session_hours))
    if g.visit is not None:
        sessions.touch(session(), g.visit, at=at)


def _allow() -> ResponseReturnValue | None:
    """Public pages for all, the rest by the table. What is not allowed looks as if it did not exist."""
    if request.endpoint is None:
        return None                                   # no such address: the error page, as for what is not one's own
    act = ROUTES.get(request.endpoint)
    if act is PUBLIC:
        return None
    current = visit()
    if current is None and request.accept_mimetypes.best == "application/json":
        return Response(status=401)                   # the page keeps what was typed, and says what to do
    if current is None:
        if written():
            raise Forbidden(LOGGED_OUT)               # whose time ran out gets back what he wrote
        return _to_login()
    if current.must_change and request.endpoint not in FIRST_PASSWORD:
        return redirect("/password", 303)
    if not isinstance(act, Act) or not may(current.actor, act):
        raise NotYours
    return None


def _to_login() -> ResponseReturnValue:
    """The log-in page, which leads back to where one was."""
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    query = urlencode({key: value for key, value in (("said", "log_in"), ("next", back)) if value and back != "/"})
    target = "/login" + (f"?{query}" if query else "")
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target, 303)
