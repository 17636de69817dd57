"""The jobs (作业): did the night run, what did it do, what comes next."""
from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.permissions import Act, may
from tracker.domain.words import Job
from tracker.jobs import run_due
from tracker.jobs.book import job_book, made_up_for
from tracker.web.context import clock, current_actor, session, settings

bp = Blueprint("jobs", __name__)


@bp.get("/jobs")
def index() -> str:
    at, actor = clock().now(), current_actor()
    return render_template("jobs/index.html", book=job_book(session(), actor, at), at=at, made_up_for=made_up_for,
                           words=Job, may_run=may(actor, Act.run_jobs))


@bp.post("/jobs/run")
def run() -> ResponseReturnValue:
    """Everything that is due by now, as the scheduler would; each moment takes effect once."""
    at = clock().now()
    run_due(session(), at, now=at, export_dir=settings().exports)
    return redirect("/jobs?said=job_ran", 303)
