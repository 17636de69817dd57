"""What each route answers to whom (B1), written by hand from the permission matrix and the rules of who sees what.

Nothing here asks the code under test. A route without a case fails; whoever is named nowhere in a case must find
nothing there (404, as where there is no such page), and who is not logged in is led to the log-in.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.battery.world import STATES, UNITS

PLACES = tuple(UNITS)
SUPERVISOR, LEADER, ADMIN, AUDITOR = (frozenset({role}) for role in ("supervisor", "leader", "admin", "auditor"))
READERS = SUPERVISOR | LEADER


def clerks(*places: str) -> frozenset[str]:
    """Who fills in for these units: clerks, and who stands in for a head and is a clerk himself."""
    return frozenset(f"{role}/{place}" for role in ("clerk", "deputy") for place in places)


def heads(*places: str) -> frozenset[str]:
    """Who signs in these units: heads, and their deputies."""
    return frozenset(f"{role}/{place}" for role in ("head", "deputy") for place in places)


def units(*places: str) -> frozenset[str]:
    return clerks(*places) | heads(*places)


INSIDE = units(*PLACES) | SUPERVISOR | LEADER | ADMIN | AUDITOR
EVERYBODY = INSIDE | {"anonymous", "disabled"}

# Whose people may open 州财政局's part, by what became of it: its own; the lead once it was delivered; all units of
# the task once it was accepted. The office and the leaders know of every part.
SIGHT: dict[str, tuple[str, ...]] = {
    "draft": ("own",), "sign": ("own",), "given_back": ("own",), "sent": ("own", "lead"), "back": ("own", "lead"),
    "entered": ("own", "lead"), "accepted": ("own", "lead", "co"),
}
# Who may read a file that hangs on it: others than the unit only what went out with the report.
FILE_SIGHT: dict[str, frozenset[str]] = {
    "draft": units("own"), "sent": units("own", "lead") | READERS, "accepted": units("own", "lead", "co") | READERS,
}


@dataclass(frozen=True)
class Case:
    """One request. `address` and `form` name the world's ids in braces.

    `allowed` may; `forbidden` sees it, but the deed is not his (403). `state`: of the part that it is about. `last`: it
    ends a log-in or a right, so it is sent after all others. `whole`: junk in its form names nothing that is one's own.
    """

    endpoint: str
    method: str
    address: str
    allowed: frozenset[str]
    forbidden: frozenset[str] = frozenset()
    form: dict[str, str] = field(default_factory=dict)
    state: str = ""
    last: bool = False
    whole: bool = False

    def path(self, ids: Mapping[str, object]) -> str:
        return self.address.format(**ids)

    def data(self, ids: Mapping[str, object]) -> dict[str, str]:
        return {name.format(**ids): value.format(**ids) for name, value in self.form.items()}


def get(endpoint: str, address: str, allowed: frozenset[str], **more: Any) -> Case:
    return Case(endpoint, "GET", address, allowed, **more)


def post(endpoint: str, address: str, allowed: frozenset[str], **more: Any) -> Case:
    return Case(endpoint, "POST", address, allowed, **more)


TEXT = {"progress": "写了12项", "self_rating": "on_track", "percent": "", "problems": "", "matters": "",
        "next_steps": "", "request_key": "key-of-the-page"}

LATER = {"until_on": "2027-03-01", "reason": "手续未批复", "stretch": "days"}


def of_each_part() -> Iterable[Case]:
    """Every route of one report, for 州财政局's part in each state."""
    for state in STATES:
        yield from (replace(case, state=state) for case in _of_a_part(f"own_{state}", SIGHT[state], state))


def _of_a_part(one: str, seen: tuple[str, ...], state: str) -> Iterable[Case]:
    at, version = f"/reports/{{{one}}}", {"version": f"{{{one}_v}}"}
    mine, beside = clerks("own"), clerks(*seen) - clerks("own")
    form = TEXT | version
    yield get("reports.show", at, units(*seen) | READERS)
    for deed in ("save", "submit"):
        yield post("reports.write", at, mine, forbidden=beside, form=form | {"deed": deed})
    yield post("reports.withdraw", f"{at}/withdraw", mine, forbidden=beside, form=version)
    yield post("drafts.keep", f"{at}/draft", mine, form=form)
    row = f"r{{{one}}}"
    yield post("my.write_grid", "/my/grid", mine, whole=True,
               form={"deed": "save", f"{row}-version": f"{{{one}_v}}", f"{row}-progress": "写了12项"})
    yield post("drafts.restore", f"{at}/copies/{{copy}}", mine if state == "draft" else frozenset(), form=version)
    yield get("files.index", f"{at}/files", units(*seen) | READERS)
    yield post("files.add", f"{at}/files", mine, forbidden=beside | SUPERVISOR)
    yield get("extensions.report_form", f"{at}/extension", mine, forbidden=beside)
    yield post("extensions.ask_of_report", f"{at}/extension", mine, forbidden=beside, form=LATER)
    yield get("entering.form", f"{at}/enter", SUPERVISOR)
    yield post("entering.enter", f"{at}/enter", SUPERVISOR,
               form=form | {"source": "telephone", "received_at": "2026-10-07T10:00", "told_by": "张某"})
    yield post("entering.confirm", f"{at}/confirm", units("own"), forbidden=units(*seen) - units("own"), form=version)
    signs, looks_on = heads("own"), heads(*seen) - heads("own")
    for deed in ("sign", "send_to_clerk"):
        yield post("sign.decide", f"/sign/{{{one}}}", signs, forbidden=looks_on,
                   form=version | {"deed": deed, "reason": "请补充"})
    yield post("sign.sign_every", "/sign/all", signs, forbidden=looks_on, form={"item": f"{{{one}}}:{{{one}_v}}"})
    for deed in ("accept", "send_back", "waive"):
        yield post("review.decide", f"/review/{{{one}}}", SUPERVISOR,
                   form=version | {"deed": deed, "words": "请补充", "judged": ""})
    yield post("review.undo", f"/review/{{{one}}}/undo", SUPERVISOR, form=version)
    yield post("review.accept_all", "/review/accept", SUPERVISOR, form={"item": f"{{{one}}}:{{{one}_v}}"})
    yield get("purges.of_report", f"{at}/purge", units(*seen) | SUPERVISOR)
    yield post("purges.ask_of_report", f"{at}/purge", units(*seen) | SUPERVISOR, form={"reason": "疑似涉密"})
    yield get("lead.index", f"{at}/parts", frozenset())                 # it is no lead's report
    yield post("lead.quote", f"/reports/{{lead_accepted}}/parts/{{{one}}}/quote",
               clerks("lead") if state == "accepted" else frozenset(),  # of the same task, and handed in
               form={"version": "{lead_accepted_v}", "text": "已完成12项。"})
    yield post("lead.note", f"/reports/{{lead_accepted}}/parts/{{{one}}}/noted",
               clerks("lead") if state == "accepted" else frozenset(), form={"text": "已完成12项。"})
    yield post("lead.chase", "/reports/{lead_beside}/chase", clerks("lead") if state == "draft" else frozenset(),
               form={"part": f"{{{one}}}", "words": "请尽快"})


def of_files() -> Iterable[Case]:
    for state, seen in FILE_SIGHT.items():
        one = f"/files/{{file_{state}}}"
        yield get("files.download", one, seen, state=state)
        yield get("files.preview", f"{one}/preview", seen, state=state)
        asks = seen & (units(*PLACES) | SUPERVISOR)
        yield get("purges.of_file", f"{one}/purge", asks, state=state)
        yield post("purges.ask_of_file", f"{one}/purge", asks, form={"reason": "疑似涉密"}, state=state)
        beside = (seen - clerks("own")) & (clerks(*PLACES) | SUPERVISOR)
        yield post("files.date_file", f"{one}/date", clerks("own"), forbidden=beside, form={"dated_on": "2026-10-01"})
        yield post("files.remove", f"{one}/remove", clerks("own"), forbidden=beside, last=True)


READ_TASKS = units(*PLACES) | READERS
PUBLIC = (
    get("static", "/static/app.css", EVERYBODY), get("health.healthz", "/healthz", EVERYBODY),
    get("health.readyz", "/readyz", EVERYBODY), get("account.login", "/login", EVERYBODY),
    post("account.log_in", "/login", EVERYBODY, form={"login": "nobody", "password": "wrong"}),
    get("account.welcome", "/welcome/{token}", EVERYBODY),
    post("account.set_password", "/welcome/{token}", EVERYBODY, form={"new": "x", "again": "y"}),
    post("account.large_print", "/large-print", EVERYBODY, form={"large": "0", "next": "/login"}),
)
OWN_ACCOUNT = (
    post("account.log_out", "/logout", INSIDE, last=True), get("account.password", "/password", INSIDE),
    post("account.change_password", "/password", INSIDE, form={"current": "x", "new": "y", "again": "z"}),
    post("account.end_others", "/password/end-others", INSIDE),
    post("account.switch_identity", "/identity", units("own"), form={"unit_id": "{unit_own}"}, whole=True),
)
HOMES = (
    get("home.index", "/", INSIDE), get("overview.index", "/overview", READERS),
    get("my.index", "/my", units(*PLACES)), get("my.grid", "/my/grid", units(*PLACES)),
    get("sign.index", "/sign", heads(*PLACES)),
    get("sign.every", "/sign/all", heads(*PLACES)), get("review.index", "/review", SUPERVISOR),
    get("done.index", "/done", units(*PLACES) | SUPERVISOR), get("audit.index", "/audit", AUDITOR),
    post("audit.verify", "/audit/verify", AUDITOR), get("slip.index", "/slip", units(*PLACES) | SUPERVISOR),
    get("slip.index", "/slip?period=2026Q3&unit={unit_own}", units("own") | SUPERVISOR),
    post("slip.scan", "/slip/scan?period=2026Q3&unit={unit_own}", units("own") | SUPERVISOR),
)
TASKS = (
    get("tasks.index", "/tasks", READ_TASKS), get("tasks.show", "/tasks/{task_draft}", READ_TASKS),
    get("tasks.show_of_plan", "/plans/{plan_key}/tasks/{task_draft}", READ_TASKS),
    get("tasks.complete", "/tasks/{task_draft}/complete", SUPERVISOR),
    post("tasks.write_complete", "/tasks/{task_draft}/complete", SUPERVISOR),
    get("tasks.new", "/tasks/new", SUPERVISOR), post("tasks.add", "/tasks/new", SUPERVISOR),
)
UNIT_CHANGES = (
    get("unit_changes.index", "/changes", SUPERVISOR),
    post("unit_changes.change", "/changes", SUPERVISOR, form={"kind": "rename", "name": ""}),
)
CLOSING = (
    get("closing.index", "/tasks/{task_draft}/closing", READ_TASKS),
    post("closing.ask", "/tasks/{task_draft}/closing/ask", clerks("lead"), forbidden=clerks("own", "co", "foreign"),
         form={"version": "1", "statement": ""}),
    post("closing.decide", "/tasks/{task_draft}/closing/decide", SUPERVISOR),
    get("closing.ask_state", "/tasks/{task_draft}/state/suspend", SUPERVISOR),
    post("closing.change_state", "/tasks/{task_draft}/state/suspend", SUPERVISOR),
    post("closing.release", "/tasks/{task_draft}/release/{duty_own}", SUPERVISOR,
         forbidden=READ_TASKS - SUPERVISOR),
    post("closing.release", "/tasks/{task_draft}/release/{duty_own}", clerks("own"),
         forbidden=READ_TASKS - clerks("own"), form={"deed": "ask", "words": "已完成"}, whole=True),
    post("closing.decide_release", "/tasks/{task_draft}/releases/1", frozenset(), form={"deed": "grant"}),
)
EXTENSIONS = (
    get("extensions.index", "/extensions", SUPERVISOR),
    *(post("extensions.decide", "/extensions/{extension}", SUPERVISOR,
           form={"deed": deed, "until_on": "2027-03-01", "answer": "已批复"}) for deed in ("refuse", "grant_until")),
    get("extensions.task_form", "/tasks/{task_draft}/extension", clerks("lead"), forbidden=clerks("own", "co")),
    post("extensions.ask_of_task", "/tasks/{task_draft}/extension", clerks("lead"), forbidden=clerks("own", "co"),
         form=LATER | {"until_on": "2028-03-01"}),
    get("extensions.milestone_form", "/milestones/{milestone}/extension", clerks("lead", "own"),
        forbidden=clerks("co")),
    post("extensions.ask_of_milestone", "/milestones/{milestone}/extension", clerks("lead", "own"),
         forbidden=clerks("co"), form=LATER),
)
SHEETS_AND_JOBS = (
    get("exports.index", "/exports", READERS), post("exports.make", "/exports", SUPERVISOR, form={"kind": "ledger"}),
    get("exports.download", "/exports/{export}", READERS), get("jobs.index", "/jobs", SUPERVISOR | ADMIN),
    post("jobs.run", "/jobs/run", SUPERVISOR), get("rules.index", "/rules", SUPERVISOR),
    post("rules.change", "/rules", SUPERVISOR, form={"similarity": "80", "evidence_mb": "40", "slip_scan": "1"}),
)
TEAMWORK = (
    get("lead.index", "/reports/{lead_accepted}/parts", clerks("lead")),
    post("lead.drop", "/reports/{lead_accepted}/quotations/{quotation}/drop", clerks("lead"),
         form={"version": "{lead_accepted_v}"}),
    post("lead.answer", "/reports/{lead_accepted}/objections/{objection}", clerks("lead"), form={"words": "已改"}),
    post("lead.object_to", "/reports/{own_accepted}/quotations/{quotation}/objection", clerks("own"),
         form={"words": "不是这个意思"}),
    get("purges.index", "/purges", SUPERVISOR), get("purges.one", "/purges/{purge}", SUPERVISOR),
    post("purges.decide", "/purges/{purge}", SUPERVISOR, form={"deed": "let_stand"}),
)
DEPUTIES = (
    get("sign.deputy", "/sign/deputy", heads(*PLACES)),
    post("sign.name_deputy", "/sign/deputy", frozenset(f"head/{place}" for place in PLACES),
         forbidden=frozenset(f"deputy/{place}" for place in PLACES),
         form={"deputy_id": "1", "from_on": "2026-11-01", "until_on": "2026-11-02"}),
    post("sign.end_deputy", "/sign/deputy/{deputy_own}/end", frozenset({"head/own"}),
         forbidden=frozenset(f"deputy/{place}" for place in PLACES), last=True),
)
ACCOUNTS = (
    get("users.index", "/admin/users", ADMIN), get("users.new", "/admin/users/new", ADMIN),
    post("users.create", "/admin/users/new", ADMIN, form={"login": "x", "name": "", "roles": "clerk"}),
    get("users.show", "/admin/users/{user}", ADMIN),
    *(post(f"users.{deed}", f"/admin/users/{{user}}/{address}", ADMIN, form={"roles": "clerk"})
      for deed, address in (("reset", "reset"), ("unlock", "unlock"), ("disable", "disable"), ("enable", "enable"),
                            ("set_roles", "roles"))),
    post("users.give_post", "/admin/users/{user}/posts", ADMIN, form={"post_role": "clerk", "post_unit_id": "1"}),
    post("users.end_post", "/admin/users/{user}/posts/{post}/end", ADMIN, last=True),
    get("users.waiting", "/admin/users/hand-out", ADMIN),
    post("users.renew_links", "/admin/users/hand-out", ADMIN, last=True),
    get("users.leave", "/admin/users/{user}/leave", ADMIN),
    post("users.hand_over", "/admin/users/{user}/leave", ADMIN, form={"successor_id": "nobody"}, last=True),
    get("people_import.start", "/admin/users/import", ADMIN),
    get("people_import.template", "/admin/users/import/template", ADMIN),
    post("people_import.check", "/admin/users/import", ADMIN),
    *(post(f"people_import.{deed}", f"/admin/users/import/{address}", ADMIN, form={"people": "x", "token": "x"})
      for deed, address in (("make", "make"), ("problems", "problems"), ("hand_out", "hand-out"))),
    get("units.sign_off", "/admin/units", ADMIN),
    post("units.set_sign_off", "/admin/units/{unit_foreign}/sign-off", ADMIN, form={"on": "1"}, last=True),
)
PLAN, PLAN_SEEN = "/tasks/{task_sign}/plan/2026", {"plan_id": "{year_plan}", "version": "{year_plan_v}"}
NODE, NODE_DONE, NODE_FILE = "/milestones/{milestone_open}", "/milestones/{milestone_done}", "/files/{file_milestone}"
OF_THE_TASK = units("lead", "own", "co") | READERS
YEAR_PLANS = (
    get("year_plans.index", "/year-plans", SUPERVISOR), get("year_plans.show", PLAN, OF_THE_TASK),
    get("year_plans.milestone", NODE, OF_THE_TASK), get("year_plans.milestone", NODE_DONE, OF_THE_TASK),
    post("year_plans.write", PLAN, clerks("lead"), forbidden=clerks("own", "co"),
         form=PLAN_SEEN | {"name-0": "验收", "due-0": "2026-12-20", "owner-0": "1", "deed": "save"}),
    post("year_plans.decide", f"{PLAN}/decide", SUPERVISOR, form=PLAN_SEEN | {"deed": "send_back", "reason": "太晚"}),
    post("year_plans.done", f"{NODE}/done", clerks("lead", "own"), forbidden=clerks("co"),
         form={"done_on": "2026-10-07", "statement": "已建成"}),
    post("year_plans.undo", f"{NODE_DONE}/undo", SUPERVISOR, form={"reason": "误报"}, last=True),
    get("files.download", NODE_FILE, OF_THE_TASK), get("files.preview", f"{NODE_FILE}/preview", OF_THE_TASK),
    post("files.remove", f"{NODE_FILE}/remove", frozenset(), forbidden=clerks("lead", "own", "co") | SUPERVISOR),
)
CASES: tuple[Case, ...] = (
    *PUBLIC, *HOMES, *TASKS, *UNIT_CHANGES, *YEAR_PLANS, *CLOSING, *EXTENSIONS, *SHEETS_AND_JOBS, *TEAMWORK, *DEPUTIES,
    *ACCOUNTS,
    *of_each_part(), *of_files(), *OWN_ACCOUNT)
