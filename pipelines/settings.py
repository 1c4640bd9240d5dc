"""Every setting, from the environment or a file: `.env` in a checkout, else in the user's folder.

A plain dataclass: the commands that only read the database must start in an instant.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.errors import RefusalError
from pipelines.home import home_format, paths, sharing

PACKAGE = Path(__file__).resolve().parent

IS_CHECKOUT = (PACKAGE.parent / "pyproject.toml").exists()
"""Whether this package runs from a checkout and not from site-packages."""

ROOT = PACKAGE.parent if IS_CHECKOUT else PACKAGE / "data"
"""`sql/`, `warehouse/reference/` and `warehouse/sample/` are read from here."""

SETTINGS_FILE = ROOT / ".env" if IS_CHECKOUT else Path("~/.config/tokenhouse/env").expanduser()

SQL = ROOT / "sql"
REFERENCE = ROOT / "warehouse" / "reference"
SAMPLE = ROOT / "warehouse" / "sample"

OURS = ("OPENROUTER_", "TOKENHOUSE_", "NOTIFY_")
"""The prefixes of our settings; other names in `.env` belong to other programs."""

UNUSABLE = re.compile("[?*\\[\\]'\"\\\\\x00-\x1f\x7f\ud800-\udfff]")
"""What addresses of SQLite and patterns of DuckDB read otherwise in the name of a folder."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ENGINES = ("duckdb", "connect")
REQUIREMENTS = ("drill", "probe")
"""What an export can be made to require."""

DATA_CLASSES = ("public", "internal", "pii", "secrets")

TARGETS = ("laptop", "always_on_mac", "vps", "container")
"""Where a gateway can run; `pipelines/runbook/targets.yaml` says what is known of each."""

NUMBERS = (
    "openrouter_requests_per_minute",
    "tokenhouse_export_max_age_days",
    "tokenhouse_record_days",
    "tokenhouse_engine_seconds",
)
"""The settings that are whole numbers above zero."""


class LintFile(NamedTuple):
    """A configuration of a gateway, and the class of the data that its models see."""

    data_class: str
    path: Path


def _lint_file(written: str) -> LintFile:
    """Read `FILE`, which sees public data, or `CLASS=FILE`."""
    data_class, is_named, path = written.partition("=")
    if not is_named or os.sep in data_class:
        data_class, path = "public", written
    try:
        return LintFile(data_class, Path(path).expanduser().absolute())
    except RuntimeError:
        raise RefusalError("setting TOKENHOUSE_LINT_FILES: no such user") from None


def _default_home() -> Path:
    """Return `warehouse` in a checkout, else the user's folder for data of programs."""
    if IS_CHECKOUT:
        return Path("warehouse")
    from platformdirs import user_data_path  # importing it takes longer than reading settings

    return user_data_path("tokenhouse")


@dataclass(frozen=True)
class Settings:
    """The settings; in the environment they have the same names in upper case.

    Raises RefusalError naming the setting; a key is never repeated, not even in `repr`.
    """

    openrouter_api_key: str = field(default="", repr=False)
    openrouter_management_key: str = field(default="", repr=False)
    openrouter_base_url: str = "https://openrouter.ai/api/v1"
    openrouter_requests_per_minute: int = 30
    tokenhouse_home: Path = field(default_factory=_default_home)
    tokenhouse_engine: str = "duckdb"
    tokenhouse_connect_url: str = field(default="", repr=False)
    tokenhouse_engine_seconds: int = 900
    tokenhouse_ledger: str = ""
    tokenhouse_export_max_age_days: int | None = None
    tokenhouse_export_requires: str = ""
    tokenhouse_gateway_target: str = ""
    tokenhouse_record_days: int = 90
    tokenhouse_record_url: str = field(default="", repr=False)
    tokenhouse_lint_files: str = ""
    tokenhouse_site: str = ""
    tokenhouse_shared: str = ""
    notify_urls: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name in ("openrouter_api_key", "openrouter_management_key"):
            object.__setattr__(self, name, _key(name, getattr(self, name)))
        for name in NUMBERS:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _number(name, getattr(self, name)))
        _check_parts(self.shared)
        _check_url(self.openrouter_base_url)
        site = site_address("setting TOKENHOUSE_SITE", self.tokenhouse_site)
        object.__setattr__(self, "tokenhouse_site", site)
        _check_addresses(self.notify_urls)
        _check_choice("tokenhouse_engine", [self.tokenhouse_engine], ENGINES)
        if self.tokenhouse_engine == "connect":
            _check_cluster(self.tokenhouse_connect_url)
        if (
            self.tokenhouse_record_url
            and urlsplit(self.tokenhouse_record_url).scheme != "postgresql"
        ):
            raise RefusalError("setting TOKENHOUSE_RECORD_URL: must begin with postgresql://")
        _check_ledger(self.tokenhouse_ledger, os.environ.get("AWS_ENDPOINT_URL", ""))
        _check_choice("tokenhouse_gateway_target", [self.tokenhouse_gateway_target], ("", *TARGETS))
        _check_choice("tokenhouse_export_requires", self.export_requires, REQUIREMENTS)
        classes = [one.data_class for one in self.lint_files]
        _check_choice("tokenhouse_lint_files", classes, DATA_CLASSES)
        try:
            base = ROOT if IS_CHECKOUT else Path()  # where a relative home counts from
            home = (base / Path(self.tokenhouse_home).expanduser()).resolve()
        except RuntimeError:
            raise RefusalError("setting TOKENHOUSE_HOME: no such user") from None
        check_home("setting TOKENHOUSE_HOME", home)
        try:
            is_file = home.exists() and not home.is_dir()
        except OSError as error:  # of another user, say
            raise RefusalError(
                f"setting TOKENHOUSE_HOME: {home} cannot be read: {error.strerror}"
            ) from None
        if is_file:
            raise RefusalError(f"setting TOKENHOUSE_HOME: {home} is not a folder")
        home_format.check_home(home)  # here, since every command begins with the settings
        object.__setattr__(self, "tokenhouse_home", home)

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this machine."""
        return urlsplit(self.openrouter_base_url).hostname in LOOPBACK

    @property
    def secrets(self) -> list[str]:
        """The keys, and the addresses that may contain tokens: nothing may show or store them."""
        addresses = self.notify_urls.replace(",", " ").split()
        keys = [self.openrouter_api_key, self.openrouter_management_key]
        return [*keys, self.tokenhouse_connect_url, self.tokenhouse_record_url, *addresses]

    def is_live(self, wanted: bool | None = None) -> bool:
        """Return whether to fetch from the live API: as wanted, else where there is a key.

        Raises RefusalError if the live API is wanted and there is no key.
        """
        has_key = bool(self.openrouter_api_key)
        if wanted and not has_key:
            raise RefusalError("live needs a key: set OPENROUTER_API_KEY, or use --sample")
        return has_key if wanted is None else wanted

    @property
    def export_requires(self) -> list[str]:
        """What an export requires beyond the gate."""
        return self.tokenhouse_export_requires.replace(",", " ").split()

    @property
    def shared(self) -> list[str]:
        """The parts of the home that other users of this machine may read."""
        return self.tokenhouse_shared.replace(",", " ").split()

    @property
    def lint_files(self) -> list[LintFile]:
        """The configurations of gateways to check every week, with the data that they see."""
        named = self.tokenhouse_lint_files.split(os.pathsep)
        return [_lint_file(one) for one in named if one.strip()]

    @property
    def lake(self) -> Path:
        """The home's lake."""
        return paths.lake(self.tokenhouse_home)

    @property
    def reference(self) -> Path:
        """The home's own hand-kept tables."""
        return paths.reference(self.tokenhouse_home)

    @property
    def database(self) -> Path:
        """The home's published database."""
        return paths.database(self.tokenhouse_home)

    @property
    def exports(self) -> Path:
        """The home's exports."""
        return paths.exports(self.tokenhouse_home)

    @property
    def report(self) -> Path:
        """The home's report."""
        return paths.report(self.tokenhouse_home)

    @property
    def dagster(self) -> Path:
        """The home's record of Dagster runs."""
        return paths.dagster(self.tokenhouse_home)


@cache
def settings() -> Settings:
    """Return the settings of this process; the environment wins, and empty is unset."""
    try:
        written = _written() if SETTINGS_FILE.exists() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"{SETTINGS_FILE} cannot be read: {error}") from None
    _check_names(SETTINGS_FILE, written)
    found = {**written, **os.environ}
    named = {name: found.get(name.upper()) for name in Settings.__dataclass_fields__}
    return Settings(**{name: value for name, value in named.items() if value})  # type: ignore[arg-type]


def _written() -> dict[str, str | None]:
    """Return what the settings' file says; it is seldom there, and its reader is slow to import."""
    from dotenv import dotenv_values

    return dotenv_values(SETTINGS_FILE)


def check_home(named: str, home: Path) -> None:
    """Refuse a folder in which no database can be opened; `named` is how a person named it."""
    if UNUSABLE.search(f"{home}"):
        raise RefusalError(
            f"{named}: {home} has one of ? * [ ] ' \" \\, a control character or bytes that are no "
            "text: databases cannot be opened there"
        )


def site_address(named: str, address: str) -> str:
    """Return the address of a folder of pages with a slash at its end; empty stays empty.

    Raises RefusalError with `named`, which is how a person named it, if it is none.
    """
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if address and (not usable or parts.query or parts.fragment):
        raise RefusalError(
            f"{named}: {address!r} is not the address of a folder, such as https://example.org/weeks/"
        )
    return f"{address.rstrip('/')}/" if address else ""


def _check_names(file: Path, written: Iterable[str]) -> None:
    """Refuse an unknown name in the file with one of our prefixes: a misspelt key is no key."""
    known = [name.upper() for name in Settings.__dataclass_fields__]
    for name in written:
        if name.startswith(OURS) and name not in known:
            raise RefusalError(f"{file}: no setting is named {name}: there are {', '.join(known)}")


def _key(name: str, value: str) -> str:
    """Return a key without the white space around it; refuse one that cannot be a header."""
    key = value.strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise RefusalError(f"setting {name.upper()}: must be printable ASCII without spaces")
    return key


def _number(name: str, value: object) -> int:
    """Return a whole number above zero; the environment gives it as text."""
    text = f"{value}"
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise RefusalError(f"setting {name.upper()}: {text!r} is not a whole number above 0")
    return int(text)


def _check_choice(name: str, chosen: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a value that is none of the known ones."""
    for one in chosen:
        if one not in known:
            listed = ", ".join(filter(None, known))
            raise RefusalError(f"setting {name.upper()}: {one!r} is none of {listed}")


def _check_addresses(addresses: str) -> None:
    """Refuse an invalid address; none is repeated, since it may contain a token."""
    if not all("://" in one for one in addresses.replace(",", " ").split()):
        raise RefusalError(
            "setting NOTIFY_URLS: must be addresses such as ntfy://topic, with spaces between"
        )


def _check_parts(names: Iterable[str]) -> None:
    """Refuse a part of a home that cannot be shared."""
    for name in names:
        if name not in sharing.PARTS:
            raise RefusalError(
                f"setting TOKENHOUSE_SHARED: {name!r} is none of {', '.join(sharing.PARTS)}"
            )


def _check_url(url: str) -> None:
    """Refuse a URL over which a key would travel in the clear to another machine."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise RefusalError("setting OPENROUTER_BASE_URL: must be a URL such as https://host/api/v1")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise RefusalError(
            "setting OPENROUTER_BASE_URL: must begin with https:// unless it points to this machine"
        )


def _check_ledger(ledger: str, endpoint: str) -> None:
    """Refuse a place that is no folder or bucket, and a bucket that is reached in the clear."""
    if ledger and not ledger.startswith(("/", "s3://")):
        raise RefusalError(
            f"setting TOKENHOUSE_LEDGER: {ledger!r} must be the whole path of a folder, or a "
            "bucket such as s3://bucket/prefix"
        )
    is_clear = endpoint.startswith("http://") and urlsplit(endpoint).hostname not in LOOPBACK
    if ledger.startswith("s3://") and is_clear:
        raise RefusalError(
            "AWS_ENDPOINT_URL: must begin with https:// unless it points to this machine"
        )


def _check_cluster(url: str) -> None:
    """Refuse an address of no cluster, or one reached in the clear; none is ever repeated."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "sc" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not url:
        raise RefusalError(
            "setting TOKENHOUSE_CONNECT_URL: must be set for TOKENHOUSE_ENGINE=connect"
        )
    if not usable:
        raise RefusalError(
            "setting TOKENHOUSE_CONNECT_URL: must be an address such as sc://host:15002"
        )
    if parts.hostname not in LOOPBACK and "use_ssl=true" not in parts.path.lower().split(";"):
        raise RefusalError(
            "setting TOKENHOUSE_CONNECT_URL: must end with /;use_ssl=true, before or after other "
            "parameters, unless it points to this machine"
        )
