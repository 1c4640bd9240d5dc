"""Every setting, from the environment or a `.env` file in the checkout."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.errors import RefusalError

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: `sql/`, `warehouse/reference/` and `warehouse/sample/` are read from here."""

SQL = ROOT / "sql"
REFERENCE = ROOT / "warehouse" / "reference"
SAMPLE = ROOT / "warehouse" / "sample"

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def _encrypted_or_loopback(url: HttpUrl) -> HttpUrl:
    """A key must not travel in the clear, except to this very machine."""
    if url.scheme != "https" and url.host not in LOOPBACK:
        raise ValueError("must begin with https:// unless it points to this machine")
    return url


class Settings(BaseSettings):
    """What can be set, under exactly these names in upper case."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore")

    openrouter_api_key: SecretStr | None = None
    openrouter_base_url: Annotated[HttpUrl, AfterValidator(_encrypted_or_loopback)] = HttpUrl(
        "https://openrouter.ai/api/v1"
    )
    tokenhouse_home: Path = Path("warehouse")
    tokenhouse_engine: Literal["duckdb"] = "duckdb"

    @field_validator("openrouter_api_key")
    @classmethod
    def _key_is_a_token(cls, key: SecretStr | None) -> SecretStr | None:
        """An empty key counts as none; one that cannot be an HTTP header is refused unseen."""
        text = key.get_secret_value().strip() if key else ""
        if not (text.isascii() and text.isprintable()):
            raise ValueError("must be printable ASCII")
        return SecretStr(text) if text else None

    @field_validator("tokenhouse_home")
    @classmethod
    def _home_is_absolute(cls, home: Path) -> Path:
        return (ROOT / home.expanduser()).resolve()

    @property
    def lake(self) -> Path:
        """The truth: append-only Parquet vintages."""
        return self.tokenhouse_home / "lake"

    @property
    def database(self) -> Path:
        """The build product: delete it and the next run makes the same one."""
        return self.tokenhouse_home / "warehouse.duckdb"

    @property
    def exports(self) -> Path:
        """What gateways and spreadsheets read."""
        return self.tokenhouse_home / "exports"

    @property
    def dagster(self) -> Path:
        """Dagster's own record of runs."""
        return self.tokenhouse_home / "dagster"


@cache
def settings() -> Settings:
    """Return the settings of this process.

    Raises RefusalError naming the setting; the offending value is not repeated, it may be a key.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "environment"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise RefusalError(f"setting {name}: {reason}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"setting file {ROOT / '.env'} cannot be read: {error}") from None
