"""Settings (配置) from TRACKER_* and `.env`, read once and checked at start."""
from __future__ import annotations

import os
import secrets
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tracker import paths


class BadSettings(Exception):
    """A TRACKER_* setting cannot be used; the message names it in Chinese."""


class Settings(BaseSettings):
    """Every setting with its default. README lists them all (a test compares)."""

    model_config = SettingsConfigDict(env_prefix="TRACKER_", frozen=True, extra="ignore")

    data_dir: Path = Field(paths.DATA, description="数据目录：数据库、密钥、首次密码表")
    export_dir: Path | None = Field(None, description="督查表存放目录；不填用检出目录或数据目录下的 exports/")
    database_url: str = Field("", description="PostgreSQL 地址；不填用数据目录里的 SQLite")
    secret_key: SecretStr | None = Field(None, description="签名密钥，至少32个字符；不填自动生成并存在数据目录")
    base_url: str = Field("", description="对外网址，写进督查表的链接；不填不写链接")
    trusted_hosts: str = Field("", description="允许的主机名，逗号隔开；不填不限")
    trusted_proxy: str = Field("", description="反向代理地址；不填不信任任何转发头")
    host: str = Field("127.0.0.1", description="监听地址")
    port: int = Field(5000, ge=1, le=65535, description="监听端口")
    threads: int = Field(16, ge=1, le=256, description="网页服务线程数")
    office: str = Field("州政府督查室", description="督查机构名称，印在督查表上")
    organisation: str = Field("海西州人民政府办公室", description="页面左上角的机关名称")
    help_phone: str = Field("", description="出错页面上的联系电话")
    idle_minutes: int = Field(30, ge=1, le=720, description="离开多久自动退出（分钟）")
    session_hours: int = Field(12, ge=1, le=72, description="一次登录最长多久（小时）")
    secure_cookies: bool = Field(False, description="只经 HTTPS 发送登录标识；有 HTTPS 时设为 true")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        if url and not url.startswith(("postgresql+psycopg://", "sqlite:///")):
            raise ValueError("只能是 postgresql:// 或 sqlite:/// 开头的地址")
        return url

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < 32:
            raise ValueError("至少要32个字符")
        return key

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and (not url.startswith(("http://", "https://")) or url.endswith("/")):
            raise ValueError("要以 http:// 或 https:// 开头，末尾不带斜杠")
        return url

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'tracker.sqlite'}"

    @property
    def exports(self) -> Path:
        """Where sheets are put (督查表存放处)."""
        if self.export_dir:
            return self.export_dir
        if paths.CHECKOUT and self.data_dir == paths.DATA:
            return paths.CHECKOUT / "exports"
        return self.data_dir / "exports"

    def key(self) -> str:
        """The signing key: as set, else made once and kept in the data folder, readable only by its owner."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        return secret_file(self.data_dir / "secret.key")


def secret_file(path: Path) -> str:
    """The secret kept in `path`; made on first use (0600). Two processes starting at once get the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        own = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(own, path)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return path.read_text().strip()


def read_settings(**given: object) -> Settings:
    """Settings from the environment, `.env` of the checkout or else of the current folder, and `given`.

    Raises BadSettings with one Chinese line a problem.
    """
    env_file = (paths.CHECKOUT or Path.cwd()) / ".env"
    try:
        return Settings(_env_file=env_file, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings("\n".join(_sentence(problem) for problem in error.errors())) from None  # type: ignore[arg-type]


def _sentence(problem: dict[str, object]) -> str:
    location = problem["loc"]
    name = "TRACKER_" + str(location[0]).upper() if isinstance(location, tuple) and location else "TRACKER_*"
    context = problem.get("ctx")
    limits = context if isinstance(context, dict) else {}
    words = {
        "int_parsing": "要填整数",
        "bool_parsing": "要填 true 或 false",
        "greater_than_equal": f"不能小于{limits.get('ge')}",
        "less_than_equal": f"不能大于{limits.get('le')}",
        "value_error": str(limits.get("error", "")),
    }.get(str(problem["type"]), "填的内容用不了")
    shown = "" if "SECRET" in name or "DATABASE" in name else f"（现在是“{problem['input']}”）"
    return f"配置 {name} {words}{shown}；没有启动，请改好再运行。"
