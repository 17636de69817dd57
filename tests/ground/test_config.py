"""Settings (配置): what cannot be used is named in Chinese, before anything starts."""
from __future__ import annotations

import stat

import pytest

from tracker.config import BadSettings, Settings, read_settings, secret_file


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("TRACKER_PORT", "abc", "配置 TRACKER_PORT 要填整数（现在是“abc”）；没有启动，请改好再运行。"),
    ("TRACKER_PORT", "70000", "配置 TRACKER_PORT 不能大于65535（现在是“70000”）；没有启动，请改好再运行。"),
    ("TRACKER_THREADS", "0", "配置 TRACKER_THREADS 不能小于1（现在是“0”）；没有启动，请改好再运行。"),
    ("TRACKER_SECURE_COOKIES", "也许", "配置 TRACKER_SECURE_COOKIES 要填 true 或 false（现在是“也许”）；没有启动"),
    ("TRACKER_DATABASE_URL", "mysql://root:geheim@h/x", "TRACKER_DATABASE_URL 只能是 postgresql:// 或 sqlite:/// 开头"),
    ("TRACKER_SECRET_KEY", "kurz", "配置 TRACKER_SECRET_KEY 至少要32个字符；没有启动，请改好再运行。"),
    ("TRACKER_BASE_URL", "tracker/", "配置 TRACKER_BASE_URL 要以 http:// 或 https:// 开头，末尾不带斜杠"),
])
def test_a_bad_setting_is_named(monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        read_settings()
    assert sentence in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_the_usual_address_of_postgresql_is_understood():
    assert Settings(database_url="postgresql://u@h/x").url == "postgresql+psycopg://u@h/x"


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path):
    first = secret_file(tmp_path / "data" / "secret.key")
    assert secret_file(tmp_path / "data" / "secret.key") == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
