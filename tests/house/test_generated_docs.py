"""Tables in docs/ are printed from the rules, never written by hand."""
import pytest

from tracker.domain.periods import due_date_table
from tracker.domain.task_transitions import task_transition_table
from tracker.domain.transitions import transition_table
from tracker.paths import CHECKOUT
from tracker.web.permission_table import permission_table


@pytest.mark.parametrize(("name", "table"), [
    pytest.param("due-dates.md", due_date_table, id="due-dates"),
    pytest.param("transitions.md", transition_table, id="transitions"),
    pytest.param("task-transitions.md", task_transition_table, id="task-transitions"),
    pytest.param("permissions.md", permission_table, id="permissions"),
])
def test_a_table_in_the_docs_equals_the_rules(name, table):
    """Once a change is wanted: .venv/bin/python -c "from tracker.domain.periods import due_date_table as t; print(t(),
    end='')" > docs/due-dates.md (the others likewise)."""
    assert CHECKOUT is not None
    assert (CHECKOUT / "docs" / name).read_text(encoding="utf-8") == table()
