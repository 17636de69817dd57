"""A unit's round (单位的一轮): sign-off, evidence, quotations, deputies, posts, one-time links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('pdf', 'word', 'excel', 'wps', 'ofd', 'image', 'zip')", name=op.f("ck_stored_file_kind")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "deputy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_deputy_days")),
        sa.CheckConstraint("head_id <> deputy_id", name=op.f("ck_deputy_another")),
        sa.ForeignKeyConstraint(["deputy_id"], ["user_account.id"], name=op.f("fk_deputy_deputy_id_user_account")),
        sa.ForeignKeyConstraint(["head_id"], ["user_account.id"], name=op.f("fk_deputy_head_id_user_account")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_deputy_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    with op.batch_alter_table("deputy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deputy_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deputy_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('clerk', 'head')", name=op.f("ck_post_role")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id_unit")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_post_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_post_held",
            ["user_id", "unit_id", "role"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", sa.String(length=60), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint("(obligation_id IS NULL) = (purpose = 'slip')", name=op.f("ck_attachment_place")),
        sa.CheckConstraint("purpose IN ('evidence', 'answer', 'slip')", name=op.f("ck_attachment_purpose")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_attachment_obligation_id_obligation")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_attachment_period_id_period")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_attachment_sha256_stored_file")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_attachment_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["user_account.id"], name=op.f("fk_attachment_uploaded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attachment_obligation_id_removed_at"), ["obligation_id", "removed_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attachment_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_unit_id_period_id"), ["unit_id", "period_id"], unique=False)

    op.create_table(
        "chase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("by_unit_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_chase_actor_id_user_account")),
        sa.ForeignKeyConstraint(["by_unit_id"], ["unit.id"], name=op.f("fk_chase_by_unit_id_unit")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_chase_obligation_id_obligation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chase")),
    )
    with op.batch_alter_table("chase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chase_obligation_id"), ["obligation_id"], unique=False)

    op.create_table(
        "draft_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=60), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("self_rating", sa.String(24), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("matters", sa.Text(), nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "self_rating IN ('ahead', 'on_track', 'behind', 'not_started', 'done')",
            name=op.f("ck_draft_copy_self_rating"),
        ),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_draft_copy_percent")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_draft_copy_obligation_id_obligation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_copy")),
    )
    with op.batch_alter_table("draft_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_copy_obligation_id"), ["obligation_id"], unique=False)

    op.create_table(
        "purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=True),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name=op.f("ck_purge_two_persons")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_purge_asked_by_id_user_account")),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_purge_attachment_id_attachment")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_purge_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_purge_obligation_id_obligation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge")),
    )
    with op.batch_alter_table("purge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purge_attachment_id"), ["attachment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purge_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purge_sha256"), ["sha256"], unique=False)

    op.create_table(
        "quotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("part_version_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quoted_by", sa.String(length=60), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_quotation_obligation_id_obligation")
        ),
        sa.ForeignKeyConstraint(
            ["part_version_id"], ["report_version.id"], name=op.f("fk_quotation_part_version_id_report_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation")),
    )
    with op.batch_alter_table("quotation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quotation_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quotation_part_version_id"), ["part_version_id"], unique=False)

    op.create_table(
        "version_attachment",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_version_attachment_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["report_version.id"], name=op.f("fk_version_attachment_version_id_report_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "attachment_id", name=op.f("pk_version_attachment")),
    )
    with op.batch_alter_table("version_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_attachment_attachment_id"), ["attachment_id"], unique=False)

    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quotation_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_objection_answered")),
        sa.ForeignKeyConstraint(["quotation_id"], ["quotation.id"], name=op.f("fk_objection_quotation_id_quotation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_quotation_id"), ["quotation_id"], unique=False)

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_decision_actor_id_at"), ["actor_id", "at"], unique=False)
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_sign", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("measures", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("report_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("measures", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("source", sa.String(24), nullable=False, server_default="unit"))
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(length=60), nullable=True))
    with op.batch_alter_table("report_version", schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_report_version_source"), "source IN ('unit', 'telephone', 'paper')"
        )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_off", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("post_unit_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_web_session_post_unit_id_unit"), "unit", ["post_unit_id"], ["id"])
    with op.batch_alter_table("export_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))

    # Until now handing in was delivering: what was submitted went out at that moment.
    op.execute("UPDATE report_version SET sent_at = submitted_at")
    op.execute("UPDATE decision SET delivered_at = at WHERE deed = 'submit'")


def downgrade() -> None:
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_web_session_post_unit_id_unit"), type_="foreignkey")
        batch_op.drop_column("post_unit_id")

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_column("sign_off")

    with op.batch_alter_table("report_version", schema=None) as batch_op:
        batch_op.drop_column("measures")
        batch_op.drop_column("confirmed_by")
        batch_op.drop_column("confirmed_at")
        batch_op.drop_constraint(batch_op.f("ck_report_version_source"), type_="check")
        batch_op.drop_column("source")
        batch_op.drop_column("sent_at")

    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_column("measures")

    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.drop_column("to_sign")

    with op.batch_alter_table("export_file", schema=None) as batch_op:
        batch_op.drop_column("purged_at")

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_actor_id_at"))
        batch_op.drop_column("delivered_at")

    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objection_quotation_id"))

    op.drop_table("objection")
    with op.batch_alter_table("version_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_version_attachment_attachment_id"))

    op.drop_table("version_attachment")
    with op.batch_alter_table("quotation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quotation_part_version_id"))
        batch_op.drop_index(batch_op.f("ix_quotation_obligation_id"))

    op.drop_table("quotation")
    with op.batch_alter_table("purge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purge_sha256"))
        batch_op.drop_index(batch_op.f("ix_purge_obligation_id"))
        batch_op.drop_index(batch_op.f("ix_purge_attachment_id"))

    op.drop_table("purge")
    with op.batch_alter_table("draft_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_copy_obligation_id"))

    op.drop_table("draft_copy")
    with op.batch_alter_table("chase", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chase_obligation_id"))

    op.drop_table("chase")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_unit_id_period_id"))
        batch_op.drop_index(batch_op.f("ix_attachment_sha256"))
        batch_op.drop_index(batch_op.f("ix_attachment_obligation_id_removed_at"))

    op.drop_table("attachment")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_post_held", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_post_unit_id"))

    op.drop_table("post")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_link_user_id"))

    op.drop_table("one_time_link")
    with op.batch_alter_table("deputy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deputy_unit_id"))
        batch_op.drop_index(batch_op.f("ix_deputy_deputy_id"))

    op.drop_table("deputy")
    op.drop_table("stored_file")
    # ### end Alembic commands ###
