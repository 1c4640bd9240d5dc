import os
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.settings import ROOT, Settings, settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENROUTER_API_KEY", "with space"),
        ("OPENROUTER_API_KEY", "clé"),
        ("OPENROUTER_BASE_URL", "openrouter.ai"),
        ("OPENROUTER_BASE_URL", "http://openrouter.ai/api/v1"),
        ("OPENROUTER_BASE_URL", "https://[broken"),
        ("TOKENHOUSE_ENGINE", "oracle"),
        ("NOTIFY_URLS", "ntfy://topic, nonsense"),
        ("TOKENHOUSE_SITE", "example.org/weeks"),
        ("TOKENHOUSE_SITE", "https://[broken"),
        ("TOKENHOUSE_SHARED", "exports secrets"),
        ("TOKENHOUSE_LINT_FILES", "secret=config.yaml"),
        ("TOKENHOUSE_LINT_FILES", "~nobody-here/config.yaml"),
        ("TOKENHOUSE_HOME", str(ROOT / "README.md")),
        *(("TOKENHOUSE_HOME", f"/nowhere/a{one}b") for one in "?*[]'\"\\\n\x1b\udcff"),
    ],
)
def test_an_unusable_setting_is_named_and_a_key_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(RefusalError, match=name) as refusal:
        settings()
    if name == "OPENROUTER_API_KEY":
        assert value not in str(refusal.value)
    settings.cache_clear()


def test_a_relative_home_counts_from_the_checkout() -> None:
    assert Settings(tokenhouse_home=Path("elsewhere")).tokenhouse_home == ROOT / "elsewhere"


def test_a_loopback_address_needs_no_encryption() -> None:
    assert Settings(openrouter_base_url="http://[::1]:8000/api/v1")


def test_a_configuration_to_check_sees_public_data_unless_its_class_is_named() -> None:
    named = os.pathsep.join(["/a/x=1.json", "internal=/b.yaml", ""])
    found = Settings(tokenhouse_lint_files=named).lint_files
    assert found == [("public", Path("/a/x=1.json")), ("internal", Path("/b.yaml"))]


def test_the_key_does_not_show() -> None:
    assert "sk-secret" not in repr(Settings(openrouter_api_key="sk-secret"))


def test_a_misspelt_name_in_the_env_file_is_named_and_its_value_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.settings.ROOT", tmp_path)
    monkeypatch.setattr("pipelines.settings.SETTINGS_FILE", tmp_path / ".env")
    (tmp_path / ".env").write_text("EDITOR=vi\nOPENROUTER_API_KY=sk-secret\n")
    settings.cache_clear()
    with pytest.raises(RefusalError, match="no setting is named OPENROUTER_API_KY") as refusal:
        settings()
    assert "sk-secret" not in f"{refusal.value}"
    (tmp_path / ".env").write_text("EDITOR=vi\nTOKENHOUSE_HOME=here\n")
    monkeypatch.delenv("TOKENHOUSE_HOME", raising=False)
    assert settings().tokenhouse_home == tmp_path / "here"
    settings.cache_clear()


@pytest.mark.parametrize("name", ["what?", "a'b", 'a"b', "a\nb", "[x]", "*"])
def test_a_home_that_no_database_can_be_opened_in_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusalError, match="TOKENHOUSE_HOME"):
        Settings(tokenhouse_home=tmp_path / name)
