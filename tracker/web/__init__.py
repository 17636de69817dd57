"""The pages (网页): one blueprint a page family, each registered by its line here."""
from tracker.web import (
              account,
              audit,
              done,
              drafts,
              entering,
              exports,
              files,
              health,
              home,
              jobs,
              lead,
              my,
              overview,
              people_import,
              purges,
              reports,
              review,
              sign,
              slip,
              tasks,
              units,
              users,
)

BLUEPRINTS = [health.bp, account.bp, users.bp, people_import.bp, units.bp, home.bp, my.bp, reports.bp, drafts.bp,
              lead.bp, files.bp, purges.bp, sign.bp, slip.bp, entering.bp, review.bp, overview.bp, tasks.bp,
              exports.bp, jobs.bp, done.bp, audit.bp]
