"""The tables (数据表). Importing this package knows them all."""
from tracker.models.audit import AuditEvent, AuditHead, JobRun
from tracker.models.exports import ExportFile
from tracker.models.people import LoginGuard, User, UserRoleGrant, WebSession
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
from tracker.models.reporting import Decision, DueDate, Obligation, Period, Report, ReportVersion

__all__ = [
    "AuditEvent", "AuditHead", "Decision", "DueDate", "ExportFile", "Indicator", "JobRun", "LoginGuard", "Measure",
    "Obligation", "Period", "Plan", "Report", "ReportVersion", "Responsibility", "Section", "Setting", "StandingUnit",
    "Task", "TaskText", "Unit", "UnitAlias", "UnitName", "User", "UserRoleGrant", "WebSession",
]
