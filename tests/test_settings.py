"""Settings: usable without any, refused with a sentence that helps, and never showing a secret."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from engine.settings import SettingsProblem, load, markdown

TOKEN = "0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real environment, without what the developer has set, in a folder without a `.env`."""
    for name in [name for name in os.environ if name.startswith("LEADLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def problem(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(f"LEADLINE_{name}", value)
    with pytest.raises(SettingsProblem) as refused:
        load()
    return str(refused.value)


def test_without_any_setting_everything_runs_on_this_machine(tmp_path: Path) -> None:
    settings = load()
    assert settings.database_address == f"sqlite+aiosqlite:///{tmp_path / 'var' / 'leadline.db'}"
    assert settings.phone == "simulated"
    assert settings.embedded_prefect
    assert settings.clock.offset == timedelta()


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEADLINE_PORT=9000\nLEADLINE_CLOCK_OFFSET_S=-3600\nOTHER=1\n")
    monkeypatch.setenv("LEADLINE_PORT", "9001")
    assert (load().port, load().clock.offset) == (9001, timedelta(hours=-1))


def test_bad_value_names_the_variable_and_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = problem(monkeypatch, PORT="eighty", LOG_LEVEL="loud")
    assert "LEADLINE_PORT cannot be used" in text
    assert "Port that the web server listens on" in text
    assert "LEADLINE_LOG_LEVEL cannot be used" in text


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Did you mean LEADLINE_DATABASE_URL?" in problem(monkeypatch, DATABSE_URL="sqlite:///x.db")


def test_real_calls_need_all_of_vonages_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    text = problem(monkeypatch, PHONE="vonage", VONAGE_NUMBER="+14155550100")
    assert "LEADLINE_VONAGE_PRIVATE_KEY_PATH, LEADLINE_VONAGE_API_KEY, LEADLINE_VONAGE_SIGNATURE_SECRET" in text
    assert "LEADLINE_VONAGE_NUMBER" not in text


def test_a_server_open_to_others_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "LEADLINE_API_TOKEN is needed" in problem(monkeypatch, HOST="0.0.0.0")
    monkeypatch.setenv("LEADLINE_API_TOKEN", TOKEN)
    assert load().host == "0.0.0.0"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VONAGE_NUMBER", "415-555-0100", "country code"),
        ("PUBLIC_URL", "example.com", "https://"),
        ("PUBLIC_URL", "https://u:p4ssw0rd@example.com", "neither a password"),
        ("DATABASE_URL", "mysql://u:p4ssw0rd@db/x", "postgresql://"),
        ("VONAGE_PRIVATE_KEY_PATH", "/nowhere/p4ssw0rd.pem", "no such file"),
        ("BUILDER_ORIGINS", "https://ok.example,https://b.example/p4ssw0rd", "nothing after the host"),
        ("API_TOKEN", "p4ssw0rd", "at least 24 characters"),
    ],
)
def test_refusals_help_and_show_no_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    text = problem(monkeypatch, **{name: value})
    assert f"LEADLINE_{name}" in text
    assert words in text
    assert "p4ssw0rd" not in text


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_DATABASE_URL", "postgresql://leadline:p4ssw0rd@db/leadline")
    monkeypatch.setenv("LEADLINE_API_TOKEN", TOKEN)
    settings = load()
    assert settings.database_address == "postgresql://leadline:p4ssw0rd@db/leadline"
    assert "p4ssw0rd" not in repr(settings)
    assert TOKEN not in repr(settings) + str(settings)


def test_docs_settings_md_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    assert page.read_text() == markdown(), "run: python -m engine.settings > docs/settings.md"


@pytest.mark.parametrize(
    ("api", "page"),
    [("", "http://127.0.0.1:4200"), ("https://prefect.example.com/api", "https://prefect.example.com")],
)
def test_people_are_sent_to_the_dashboard_not_to_its_api(monkeypatch: pytest.MonkeyPatch, api: str, page: str) -> None:
    monkeypatch.setenv("LEADLINE_PREFECT_API_URL", api)
    assert load().prefect_address == page
