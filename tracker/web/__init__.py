"""The pages (网页): one blueprint a page family, each registered by its line here."""
from tracker.web import health, my, reports, review

BLUEPRINTS = [health.bp, my.bp, reports.bp, review.bp]
