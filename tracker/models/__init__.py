"""The tables (数据表). Importing this package knows them all."""
from tracker.models.audit import AuditEvent, AuditHead, JobRun
from tracker.models.course import (
    Assignment,
    CompletionRequest,
    ExtensionRequest,
    IndicatorValue,
    Inspection,
    Matter,
    MeasureCheck,
    Milestone,
    YearPlan,
)
from tracker.models.evidence import Attachment, Purge, StoredFile, VersionAttachment
from tracker.models.exports import ExportFile
from tracker.models.people import Deputy, LoginGuard, OneTimeLink, Post, User, UserRoleGrant, WebSession
from tracker.models.plan import (
    Indicator,
    Measure,
    Plan,
    Responsibility,
    Section,
    Setting,
    StandingUnit,
    Task,
    TaskText,
    Unit,
    UnitAlias,
    UnitName,
)
from tracker.models.reporting import Decision, DraftCopy, DueDate, Obligation, Period, Report, ReportVersion
from tracker.models.talk import Comment, Follow, Instruction
from tracker.models.teamwork import Chase, Objection, Quotation

__all__ = [
    "Assignment", "Attachment", "AuditEvent", "AuditHead", "Chase", "Comment", "CompletionRequest", "Decision",
    "Deputy", "DraftCopy", "DueDate", "ExportFile", "ExtensionRequest", "Follow", "Indicator", "IndicatorValue",
    "Inspection", "Instruction", "JobRun", "LoginGuard", "Matter", "Measure", "MeasureCheck", "Milestone",
    "Objection", "Obligation", "OneTimeLink", "Period", "Plan", "Post", "Purge", "Quotation", "Report",
    "ReportVersion", "Responsibility", "Section", "Setting", "StandingUnit", "StoredFile", "Task", "TaskText", "Unit",
    "UnitAlias", "UnitName", "User", "UserRoleGrant", "VersionAttachment", "WebSession", "YearPlan",
]
