"""The commands that scripts and people rely on: what they print, their exit codes, and that they never spill."""
from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, update

from tracker.cli import main
from tracker.models import AuditEvent, ExportFile, Obligation, Plan, User
from tracker.paths import SEED

ANSWERS = json.loads((Path(__file__).parent.parent / "data" / "plan_answers.json").read_text("utf-8"))


def commands(group=main, *before):
    for name, command in group.commands.items():
        yield (*before, name)
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)


@pytest.mark.parametrize("words", [(), *commands()], ids=" ".join)
def test_help_is_chinese_and_opens_nothing(run, folder, words):
    code, out, err = run(*words, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("用法：tracker")
    assert "显示本说明。" in out
    assert not re.search(r"Usage|Options|Show this|Commands|\[OPTIONS\]|\[required\]|TEXT|DIRECTORY", out)
    assert not folder.exists()


def test_without_a_command_help_is_shown(run, folder):
    assert run()[1].startswith("用法：tracker")


@pytest.mark.parametrize(("words", "sentence"), [
    (["nonsense"], "没有命令“nonsense”。用法见 tracker --help。"),
    (["init", "--what"], "没有选项 --what。用法见 tracker init --help。"),
    (["init", "--from", "2025Q9"],
     "--from “2025Q9”不是报告期。写法：2026Q3（季度）、2026H2（半年）、2026-11（月）、2026（年）。"
     "用法见 tracker init --help。"),
    (["tick", "--at", "tomorrow"],
     "--at “tomorrow”不是时刻，要写成 2026-10-20T18:00+08:00 这样。用法见 tracker tick --help。"),
    (["export"], "还缺 表。用法见 tracker export --help。"),
    (["export", "everything"], "表 只能是 ledger、overdue。用法见 tracker export --help。"),
    (["export", "ledger", "--as-of", "2026-02-30"],
     "--as-of “2026-02-30”不是日期，要写成 2026-10-20 这样。用法见 tracker export --help。"),
    (["export", "ledger", "--as-of", "9999-12-31"],
     "--as-of “9999-12-31”不是日期，要写成 2026-10-20 这样。用法见 tracker export --help。"),
    (["tick", "--at", "0001-01-01T00:00"],
     "--at “0001-01-01T00:00”不是时刻，要写成 2026-10-20T18:00+08:00 这样。用法见 tracker tick --help。"),
    (["plan", "more"], "命令后面写多了或写少了。用法见 tracker plan --help。"),
    (["init", "--from"], "选项 --from 后面要写内容，或者不该写。用法见 tracker --help。"),
])
def test_a_wrong_command_line_is_told_in_one_sentence(run, folder, words, sentence):
    assert run(*words) == (2, "", sentence + "\n")


@pytest.mark.parametrize("words", [["plan"], ["status"], ["tick"], ["seed"], ["export", "ledger"], ["user", "list"],
                                   ["audit", "verify"], ["serve"], ["scheduler"]], ids=" ".join)
def test_before_init_each_command_says_what_to_do(run, folder, words):
    assert run(*words) == (1, "", "数据库还没有建好，或者版本旧了。请先运行 tracker init。\n")


def test_a_bad_setting_is_named(run, folder, monkeypatch):
    monkeypatch.setenv("TRACKER_PORT", "eighty")
    assert run("plan") == (1, "", "配置 TRACKER_PORT 要填整数（现在是“eighty”）；没有启动，请改好再运行。\n")


def test_an_unreachable_database_is_told_without_its_password(run, folder, monkeypatch):
    monkeypatch.setenv("TRACKER_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/none")
    code, out, err = run("plan")
    assert (code, out) == (1, "")
    assert err.startswith("数据库用不了：")
    assert "secret" not in err


def test_init_makes_everything_once(run, folder):
    code, out, _ = run("init", "--from", "2025Q3", "--with-accounts")
    assert code == 0
    assert "数据库：已建好\n" in out
    assert "19项任务、30个责任单位、7项指标" in out
    assert "起报期：2025Q3\n" in out
    assert re.search(r"督查室账号：dcs01，首次密码：\S{8,}（只显示这一次，登录后要改）", out)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "accounts").iterdir()} == {0o600}
    code, out, _ = run("init", "--from", "2025Q3", "--with-accounts")
    assert (code, "首次密码：" in out) == (0, False)
    assert "数据库：已是最新\n方案：已装入过，没有改动\n" in out


def test_another_first_period_is_refused_later(run, folder):
    run("init")
    code, _, err = run("init", "--from", "2025Q3")
    assert (code, err) == (1, "起报期在建库时定为2026Q4，不能再改成2025Q3。没有改动。\n")


def test_the_seeded_plan_is_the_notice_word_for_word(run, installed):
    """Every title, unit, role and order against the answers written out by hand."""
    run("init")
    plan = json.loads(run("plan", "--json")[1])
    standing = ANSWERS["standing"]
    shown = [{key: task[key] for key in ("number", "section", "title", "lead", "co", "standing_co", "basis")}
             for task in plan["tasks"]]
    assert shown == [
        {"number": task["number"], "section": task["section"], "title": task["title"],
         "lead": [task["lead"]] if task.get("lead") else [], "co": task.get("co") or [], "basis": task.get("basis"),
         "standing_co": [name for name in standing if name not in [task.get("lead"), *(task.get("co") or [])]]}
        for task in ANSWERS["tasks"]]
    assert [task["number"] for task in plan["tasks"] if not task["source_complete"]] == ["19"]
    assert plan["tasks"][14]["as_written"].startswith("冷湖科技创新产业园区管委会,德令哈市、茫崖市人民政府")


def test_plan_in_words_shows_task_19_as_to_be_completed(run, installed):
    run("init")
    lines = run("plan")[1].splitlines()
    assert len(lines) == 20
    assert lines[-1] == " 19 提升创新孵化载体服务能力（待补录）"


def test_after_init_from_2025q3_a_tick_opens_every_period_and_flags_once(run, installed, session):
    run("init", "--from", "2025Q3")
    code, out, _ = run("tick")
    assert code == 0
    assert len(re.findall("开启报告期：", out)) == 6
    assert "新逾期362件" in out
    assert session.scalar(select(func.count(Obligation.id)).where(Obligation.overdue_since == Obligation.due_at)) == 362
    assert run("tick") == (0, "没有到期的作业。\n", "")


def test_tick_at_a_moment_runs_what_was_due_by_then(run, installed):
    run("init", "--from", "2026Q4")
    assert run("tick", "--at", "2026-09-30T23:59:59") == (0, "7月1日（周三）00:00 开启报告期：2026年下半年7件\n"
                                                             "9月30日（周三）23:00 新逾期0件\n", "")
    assert "开启报告期：2026年第四季度87件" in run("tick", "--at", "2026-09-30T16:00:00+00:00")[1]


def test_a_job_that_could_not_run_gives_exit_code_1(run, installed, monkeypatch):
    run("init", "--from", "2025Q3")
    installed.export_dir.write_text("a file where the folder should be")
    code, out, _ = run("tick")
    assert code == 1
    assert "督办台账（2025Q3）没有出成" in out
    assert "开启报告期：2026年第四季度87件" in out


def test_an_edited_plan_is_shown_first_and_then_loaded(run, installed, session, tmp_path):
    run("init")
    edited = tmp_path / "edited.yaml"
    text = SEED.read_text("utf-8")
    edited.write_text(text.replace("title: 释放绿色算力创新发展动能", "title: 释放绿色算力发展动能"), "utf-8")
    line = "- 任务16的标题由“释放绿色算力创新发展动能”改为“释放绿色算力发展动能”\n"
    assert run("seed", str(edited), "--diff") == (0, "装入会改1处：\n" + line, "")
    assert "装入会改1处" in run("seed", str(edited), "--diff")[1]
    assert run("seed", str(edited)) == (0, "已装入，改了1处：\n" + line, "")
    assert run("seed", str(edited)) == (0, "与系统里的方案一致，没有改动。\n", "")
    assert "文件改过，还没有装入" in run("init")[1]


@pytest.mark.parametrize(("broken", "words"), [
    pytest.param(lambda text: text[:len(text) // 2], "第", id="cut in the middle"),
    pytest.param(lambda text: text.replace("lead: 州数据局", "lead: 州数居局", 1), "州数据局",
                 id="unit misspelled"),
    pytest.param(lambda text: "", "文件是空的", id="empty"),
    pytest.param(lambda text: text.replace("key: kjcx-2025", "key: kjcx-2025\nkey: again"), "写了两次",
                 id="doubled key"),
])
def test_a_broken_plan_file_loads_nothing(run, installed, session, tmp_path, broken, words):
    run("init")
    path = tmp_path / "broken.yaml"
    path.write_text(broken(SEED.read_text("utf-8")), "utf-8")
    events = session.scalar(select(func.count(AuditEvent.id)))
    session.rollback()
    code, out, err = run("seed", str(path))
    assert (code, out) == (1, "")
    assert words in err
    assert re.match(r"第\d+行", err)
    assert session.scalar(select(func.count(AuditEvent.id))) == events


def test_a_plan_file_that_is_not_there_is_named(run, installed):
    run("init")
    code, _, err = run("seed", "nowhere.yaml")
    assert (code, "读不到文件 nowhere.yaml" in err) == (1, True)


def test_a_sheet_of_a_past_day_is_made_and_copied(run, installed, session, tmp_path, clock):
    run("init", "--from", "2026Q1")
    run("tick")
    code, out, _ = run("export", "ledger", "--period", "2026Q1", "--as-of", "2026-04-20",
                       "--out", str(tmp_path / "out"))
    path = Path(out.strip())
    assert code == 0
    assert path == tmp_path / "out" / "督办台账_科创方案_2026Q1_20260420_草稿.xlsx"
    assert "落实科技体制机制改革任务" in str(list(load_workbook(path).active.values))
    row = session.scalars(select(ExportFile).order_by(ExportFile.id.desc()).limit(1)).one()
    assert (installed.export_dir / row.path).read_bytes() == path.read_bytes()


def test_a_sheet_is_never_of_a_later_moment_than_now(run, installed, session, clock):
    run("init", "--from", "2026Q3")
    run("tick")
    assert run("export", "overdue", "--as-of", "2027-01-01")[0] == 0
    row = session.scalars(select(ExportFile).order_by(ExportFile.id.desc()).limit(1)).one()
    assert row.as_of == clock.now()


def test_a_period_that_had_not_opened_is_refused(run, installed):
    run("init", "--from", "2026Q3")
    run("tick")
    code, out, err = run("export", "ledger", "--period", "2026Q1")
    assert (code, out) == (1, "")
    assert "2026Q1" in err


def test_status_counts_the_obligations_of_each_period(run, installed):
    run("init", "--from", "2026Q3")
    run("tick")
    found = json.loads(run("status", "--json", "--at", "2026-10-08")[1])
    assert {"key": "2026Q3", "due": 87, "delivered": 0, "on_time": 0, "late": 0, "overdue": 0} in found["periods"]
    assert [task["number"] for task in found["tasks"]] == [str(number) for number in range(1, 20)]
    assert "2026Q3 应报87件，已报0件，按时0件，迟报0件，逾期0件\n" in run("status")[1]


def test_accounts_are_made_listed_and_reset(run, installed, session):
    run("init")
    code, out, _ = run("user", "add", "kjj02", "--name", "州科技局填报员", "--role", "clerk", "--unit", "州科技局")
    assert code == 0
    assert re.fullmatch(r"账号kjj02已建，首次密码：\S{8,}（只显示这一次，登录后要改）\n", out)
    assert run("user", "list")[1] == "kjj02\t州科技局填报员\t州科技局\t填报员\t在用\n"
    assert json.loads(run("user", "list", "--json")[1])[0]["roles"] == ["clerk"]
    before = session.scalar(select(User.password_hash))
    session.rollback()
    assert run("user", "passwd", "kjj02")[1].startswith("账号kjj02的密码已重置，首次密码：")
    assert session.scalar(select(User.password_hash)) != before


@pytest.mark.parametrize(("words", "sentence"), [
    (["add", "x02", "--name", "x", "--role", "clerk", "--unit", "州科学局"], "没有“州科学局”这个单位"),
    (["add", "x02", "--name", "x", "--role", "admin", "--role", "clerk"], "账号没有建"),
    (["add", "x02", "--name", "x", "--role", "king"], "--role 只能是 clerk、head、supervisor、leader、admin、auditor"),
    (["passwd", "nobody"], "没有账号“nobody”。没有改动。"),
])
def test_an_account_that_cannot_be_is_refused(run, installed, session, words, sentence):
    run("init")
    code, out, err = run("user", *words)
    assert code in (1, 2)
    assert sentence in err
    assert out == ""
    assert session.scalar(select(func.count(User.id))) == 0


def test_audit_verify_finds_what_was_changed_behind_its_back(run, installed, session):
    run("init")
    assert run("audit", "verify") == (0, "审计日志完整，共1条。\n", "")
    session.execute(update(AuditEvent).values(actor_name="别人"))
    session.commit()
    assert run("audit", "verify") == (1, "", "审计日志有问题：第1条审计记录（plan.loaded）与当时写下的不一致。\n")


def test_doctor_says_what_is_missing(run, folder):
    code, out, _ = run("doctor")
    assert (code, "数据库还没有建，请运行 tracker init" in out) == (1, True)
    run("init")
    assert run("doctor")[0] == 0
    folder.chmod(0o755)
    code, out, _ = run("doctor")
    assert (code, f"数据目录别人也能读，请运行 chmod 700 {folder}" in out) == (1, True)


def test_init_in_a_foreign_database_changes_nothing(run, folder, monkeypatch):
    import sqlite3

    path = folder.parent / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (id INTEGER)")
    connection.close()
    monkeypatch.setenv("TRACKER_DATABASE_URL", f"sqlite:///{path}")
    code, _, err = run("init")
    assert (code, "不是本系统的数据库" in err) == (1, True)


def test_the_plan_loaded_is_recorded_in_the_name_of_the_system(run, installed, session):
    run("init")
    assert session.execute(select(AuditEvent.action, AuditEvent.actor_name)).all() == [("plan.loaded", "系统")]
    assert session.scalar(select(func.count(Plan.id))) == 1
