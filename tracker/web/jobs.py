"""The jobs (作业): did the night run, what did it do, what comes next."""
from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.permissions import Act, may
from tracker.domain.words import Job
from tracker.jobs import run_due
from tracker.jobs.book import SHOWN_RUNS, job_book, made_up_for
from tracker.web.context import clock, current_actor, session, settings

bp = Blueprint("jobs", __name__)


@bp.get("/jobs")
def index() -> str:
    at, actor, page = clock().now(), current_actor(), min(max(1, request.args.get("page", 1, int)), 100_000)
    book, first = job_book(session(), actor, at, page), (page - 1) * SHOWN_RUNS + 1
    return render_template("jobs/index.html", book=book, at=at, made_up_for=made_up_for, words=Job,
                           may_run=may(actor, Act.run_jobs), first=first, last=first + len(book.runs) - 1,
                           before=f"/jobs?page={page - 1}#runs" if page > 1 else "",
                           after=f"/jobs?page={page + 1}#runs" if page * SHOWN_RUNS < book.total else "")


@bp.post("/jobs/run")
def run() -> ResponseReturnValue:
    """Everything that is due by now, as the scheduler would; each moment takes effect once."""
    at = clock().now()
    run_due(session(), at, now=at, export_dir=settings().exports)
    return redirect("/jobs?said=job_ran", 303)
