"""The unit's list and one report's page, by one name for the pages."""
from __future__ import annotations

from tracker.services.report_page import ReportPage, report_page
from tracker.services.unit_work import OwedRow, PeriodDates, UnitWork, owed_by_unit

__all__ = ["OwedRow", "PeriodDates", "ReportPage", "UnitWork", "owed_by_unit", "report_page"]
