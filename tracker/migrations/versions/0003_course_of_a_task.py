"""The course of a task (任务的办理): handed out, planned, inspected, extended, closed; talk; figures over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DUE_SUBJECT_BEFORE = "obligation_id IS NOT NULL OR task_id IS NOT NULL"
DUE_SUBJECT = "obligation_id IS NOT NULL OR task_id IS NOT NULL OR milestone_id IS NOT NULL"
PURPOSE_BEFORE = "purpose IN ('evidence', 'answer', 'slip')"
PURPOSE = "purpose IN ('evidence', 'answer', 'slip', 'milestone', 'completion', 'inspection', 'extension')"
PLACE_BEFORE = "(obligation_id IS NULL) = (purpose = 'slip')"
PLACE = (
    "(purpose IN ('evidence', 'answer')) = (obligation_id IS NOT NULL)"
    " AND (purpose = 'milestone') = (milestone_id IS NOT NULL)"
    " AND (purpose = 'completion') = (completion_request_id IS NOT NULL)"
    " AND (purpose = 'inspection') = (inspection_id IS NOT NULL)"
    " AND (purpose = 'extension') = (extension_request_id IS NOT NULL)"
    " AND (purpose NOT IN ('evidence', 'answer', 'slip') OR period_id IS NOT NULL)"
)


def upgrade() -> None:
    op.create_table(
        "indicator_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_value_indicator_id_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_value")),
    )
    with op.batch_alter_table("indicator_value", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_indicator_value_indicator_id_valid_on"), ["indicator_id", "valid_on"], unique=False
        )

    op.create_table(
        "follow",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_follow_task_id_task")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_follow_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
    )
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_task_id"), ["task_id"], unique=False)
        batch_op.create_index(
            "uq_follow_standing",
            ["user_id", "task_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("leader", sa.String(length=60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name=op.f("ck_instruction_replied")),
        sa.ForeignKeyConstraint(["leader_id"], ["user_account.id"], name=op.f("fk_instruction_leader_id_user_account")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_instruction_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_instruction_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instruction_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instruction_task_id"), ["task_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instruction_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "year_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'filed', 'approved', 'returned')", name=op.f("ck_year_plan_state")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_year_plan_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_plan")),
        sa.UniqueConstraint("task_id", "year", "number", name=op.f("uq_year_plan_task_id_year_number")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("responsibility_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.String(length=60), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["responsibility_id"], ["responsibility.id"], name=op.f("fk_assignment_responsibility_id_responsibility")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("responsibility_id", name=op.f("uq_assignment_responsibility_id")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("of_office", sa.Boolean(), nullable=False),
        sa.CheckConstraint("task_id IS NOT NULL OR obligation_id IS NOT NULL", name=op.f("ck_comment_subject")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_comment_by_id_user_account")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_comment_obligation_id_obligation")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_comment_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_comment_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_comment_task_id_unit_id"), ["task_id", "unit_id"], unique=False)

    op.create_table(
        "completion_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("responsibility_id", sa.Integer(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("grade", sa.String(24), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "grade IN ('excellent', 'good', 'passed', 'failed')", name=op.f("ck_completion_request_grade")
        ),
        sa.CheckConstraint("(granted IS NULL) = (decided_at IS NULL)", name=op.f("ck_completion_request_decided")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_completion_request_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["responsibility_id"],
            ["responsibility.id"],
            name=op.f("fk_completion_request_responsibility_id_responsibility"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_completion_request_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion_request")),
    )
    with op.batch_alter_table("completion_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_completion_request_task_id"), ["task_id"], unique=False)
        batch_op.create_index(
            "uq_completion_request_part",
            ["responsibility_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.create_index(
            "uq_completion_request_task",
            ["task_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL AND responsibility_id IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL AND responsibility_id IS NULL"),
        )

    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("judged", sa.String(24), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "judged IN ('ahead', 'on_track', 'behind', 'not_started', 'done')", name=op.f("ck_inspection_judged")
        ),
        sa.CheckConstraint("kind IN ('telephone', 'on_site', 'papers')", name=op.f("ck_inspection_kind")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_inspection_obligation_id_obligation")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_inspection_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inspection_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_task_id"), ["task_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_matter_answered")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_matter_obligation_id_obligation")),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name=op.f("fk_matter_owner_id_unit")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_matter_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_matter_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_task_id"), ["task_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year_plan_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("counts_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=60), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("(done_on IS NULL) = (done_at IS NULL)", name=op.f("ck_milestone_done")),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name=op.f("fk_milestone_owner_id_unit")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_milestone_task_id_task")),
        sa.ForeignKeyConstraint(["year_plan_id"], ["year_plan.id"], name=op.f("fk_milestone_year_plan_id_year_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_task_id_due_on"), ["task_id", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_milestone_year_plan_id"), ["year_plan_id"], unique=False)

    op.create_table(
        "extension_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN obligation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN milestone_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN task_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_extension_request_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_extension_request_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestone.id"], name=op.f("fk_extension_request_milestone_id_milestone")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_extension_request_obligation_id_obligation")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_extension_request_task_id_task")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_extension_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
    )
    with op.batch_alter_table("extension_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_request_milestone_id"), ["milestone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_extension_request_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_extension_request_task_id"), ["task_id"], unique=False)
        batch_op.create_index(
            "uq_extension_request_milestone",
            ["milestone_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.create_index(
            "uq_extension_request_obligation",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.create_index(
            "uq_extension_request_task",
            ["task_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )

    op.create_table(
        "measure_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("completion_request_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["completion_request_id"],
            ["completion_request.id"],
            name=op.f("fk_measure_check_completion_request_id_completion_request"),
        ),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_measure_check_measure_id_measure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_check")),
        sa.UniqueConstraint(
            "completion_request_id", "measure_id", name=op.f("uq_measure_check_completion_request_id_measure_id")
        ),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("milestone_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("completion_request_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("inspection_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("extension_request_id", sa.Integer(), nullable=True))
        batch_op.alter_column("period_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            batch_op.f("ix_attachment_completion_request_id"), ["completion_request_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attachment_extension_request_id"), ["extension_request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_inspection_id"), ["inspection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_milestone_id"), ["milestone_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_extension_request_id_extension_request"),
            "extension_request",
            ["extension_request_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_inspection_id_inspection"), "inspection", ["inspection_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_completion_request_id_completion_request"),
            "completion_request",
            ["completion_request_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_milestone_id_milestone"), "milestone", ["milestone_id"], ["id"]
        )

    with op.batch_alter_table("due_date", schema=None) as batch_op:
        batch_op.add_column(sa.Column("milestone_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_due_date_milestone_id"), ["milestone_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_due_date_milestone_id_milestone"), "milestone", ["milestone_id"], ["id"]
        )

    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scope", sa.String(24), nullable=False, server_default="cumulative"))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("supervision_number", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("leader_in_charge", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("responsible_leader", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("contact", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("contact_phone", sa.String(length=60), nullable=False, server_default=""))

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("contact_phone", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("ended_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("successor_id", sa.Integer(), nullable=True))

    # ### end Alembic commands ###

    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.create_check_constraint(batch_op.f("ck_measure_scope"), "scope IN ('cumulative', 'period')")
    with op.batch_alter_table("due_date", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_due_date_subject"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_due_date_subject"), DUE_SUBJECT)
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attachment_place"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_attachment_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_attachment_place"), PLACE)
        batch_op.create_check_constraint(batch_op.f("ck_attachment_purpose"), PURPOSE)


def downgrade() -> None:
    op.execute("DELETE FROM due_date WHERE milestone_id IS NOT NULL")
    op.execute("DELETE FROM attachment WHERE purpose NOT IN ('evidence', 'answer', 'slip')")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attachment_place"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_attachment_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_attachment_place"), PLACE_BEFORE)
        batch_op.create_check_constraint(batch_op.f("ck_attachment_purpose"), PURPOSE_BEFORE)
    with op.batch_alter_table("due_date", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_due_date_subject"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_due_date_subject"), DUE_SUBJECT_BEFORE)
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_measure_scope"), type_="check")

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_column("successor_id")
        batch_op.drop_column("ended_on")
        batch_op.drop_column("contact_phone")
        batch_op.drop_column("contact")

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("contact_phone")
        batch_op.drop_column("contact")
        batch_op.drop_column("responsible_leader")
        batch_op.drop_column("leader_in_charge")
        batch_op.drop_column("supervision_number")

    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.drop_column("scope")

    with op.batch_alter_table("due_date", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_due_date_milestone_id_milestone"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_due_date_milestone_id"))
        batch_op.drop_column("milestone_id")

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_attachment_milestone_id_milestone"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("fk_attachment_completion_request_id_completion_request"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_attachment_inspection_id_inspection"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_attachment_extension_request_id_extension_request"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attachment_milestone_id"))
        batch_op.drop_index(batch_op.f("ix_attachment_inspection_id"))
        batch_op.drop_index(batch_op.f("ix_attachment_extension_request_id"))
        batch_op.drop_index(batch_op.f("ix_attachment_completion_request_id"))
        batch_op.alter_column("period_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("extension_request_id")
        batch_op.drop_column("inspection_id")
        batch_op.drop_column("completion_request_id")
        batch_op.drop_column("milestone_id")

    op.drop_table("measure_check")
    with op.batch_alter_table("extension_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_extension_request_task",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_extension_request_obligation",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_extension_request_milestone",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_extension_request_task_id"))
        batch_op.drop_index(batch_op.f("ix_extension_request_obligation_id"))
        batch_op.drop_index(batch_op.f("ix_extension_request_milestone_id"))

    op.drop_table("extension_request")
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_year_plan_id"))
        batch_op.drop_index(batch_op.f("ix_milestone_task_id_due_on"))

    op.drop_table("milestone")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_task_id"))

    op.drop_table("matter")
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_task_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_obligation_id"))

    op.drop_table("inspection")
    with op.batch_alter_table("completion_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_completion_request_task",
            sqlite_where=sa.text("decided_at IS NULL AND responsibility_id IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL AND responsibility_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_completion_request_part",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_completion_request_task_id"))

    op.drop_table("completion_request")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_task_id_unit_id"))
        batch_op.drop_index(batch_op.f("ix_comment_obligation_id"))

    op.drop_table("comment")
    op.drop_table("assignment")
    op.drop_table("year_plan")
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instruction_unit_id"))
        batch_op.drop_index(batch_op.f("ix_instruction_task_id"))
        batch_op.drop_index(batch_op.f("ix_instruction_leader_id"))

    op.drop_table("instruction")
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_follow_standing", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_follow_task_id"))

    op.drop_table("follow")
    with op.batch_alter_table("indicator_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_value_indicator_id_valid_on"))

    op.drop_table("indicator_value")
    # ### end Alembic commands ###
