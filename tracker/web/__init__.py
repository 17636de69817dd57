"""The pages (网页): one blueprint a page family, each registered by its line here."""
from tracker.web import account, health, my, reports, review, users

BLUEPRINTS = [health.bp, account.bp, users.bp, my.bp, reports.bp, review.bp]
