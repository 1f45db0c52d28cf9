"""Leadline's settings: environment variables that begin with LEADLINE_, or the same lines in a file `.env`.

Every one has a default with which `leadline up` runs on one machine without any account. `python -m engine.settings`
prints docs/settings.md.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.clock import Clock

PREFIX: Final = "LEADLINE_"
NOT_REACHED: Final = "off"
"""Value of `own_url`: other processes do not reach this one."""
_TOKEN_LENGTH: Final = 24
_VONAGE: Final = (
    "vonage_application_id",
    "vonage_private_key_path",
    "vonage_api_key",
    "vonage_signature_secret",
    "vonage_number",
)


class SettingsProblem(Exception):
    """Settings that cannot be used. The message names each variable and says what to do; never a value, since that
    may be a secret."""


class Settings(BaseSettings):
    """Read them with `load`. Secrets are `SecretStr`: they show as stars, and `get_secret_value()` gives them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        Path("var"),
        description="Folder for everything Leadline keeps itself: the SQLite database, recordings, the e-mail outbox.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="Address of the database, such as `postgresql://leadline:password@db/leadline`. "
        "Without it: SQLite in the data folder.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Key that encrypts the connections in the database (a Fernet key; several with commas, the first "
        "encrypts). Without it: a key is made once and kept in the file `secret.key` of the data folder.",
    )
    host: str = Field("127.0.0.1", description="Address that the web server listens on. `0.0.0.0` for all networks.")
    port: int = Field(8080, ge=1, le=65535, description="Port that the web server listens on.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        description="How the outside world reaches this server: the carrier and lead forms call it. `https` in "
        "production.",
    )
    recording_link_days: int = Field(
        365,
        ge=1,
        le=3650,
        description="How long a link to a recording works that a CRM was given, in days. Links are given only if "
        "`LEADLINE_PUBLIC_URL` begins with https.",
    )
    own_url: str = Field(
        "",
        description="How the other web processes of this installation reach this one, such as `http://10.0.3.7:8080`: "
        "what the carrier tells them of a call that this one holds is passed on. Without it: host and port, if the "
        "server listens to this machine only; else nothing is passed on. `off`: nothing is passed on.",
    )
    api_token: SecretStr | None = Field(
        None,
        description=f"Token that clients of the API must send, at least {_TOKEN_LENGTH} characters. Needed as soon as "
        "the server listens to more than this machine.",
    )
    builder_origins: str = Field(
        "http://127.0.0.1:8501,http://localhost:8501",
        description="Where the builder is opened in the browser, with commas: its canvas and its calls talk to "
        "this server from there. `leadline up` adds its own.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="How many proxies of your own every request passes before it reaches this server: so many entries "
        "of `X-Forwarded-For` are believed, for the address kept with a consent and for limits. 0: none.",
    )
    form_key: SecretStr | None = Field(
        None, description="Key that website forms must send with a lead. Without it: anyone may send the form."
    )
    default_flow: str = Field(
        "home_services_v1", description="Id of the flow by which leads are called whose form names none."
    )
    inbound_flows: str = Field(
        "",
        description="Which flow answers which of your numbers, such as `+14155550100=home_services_v1, "
        "+18005550199=solar_v1`. Calls to other numbers are answered by the default flow.",
    )
    max_calls: int = Field(20, ge=1, le=500, description="How many calls this process holds at the same time.")
    drain_s: float = Field(
        660.0, ge=0, description="Seconds that running calls get to end by themselves when the server is stopped."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Literal["text", "json"] = Field("text", description="`text` for people, `json` for a log collector.")
    clock_offset_s: float = Field(
        0.0,
        description="Seconds that business time (calling hours, calendars) is ahead of real time, to live a simulated "
        "day. Security never goes by it. 0 in production.",
    )
    phone: Literal["simulated", "vonage"] = Field(
        "simulated", description="`simulated`: a telephone network on this machine. `vonage`: real calls."
    )
    simulated_hours: bool = Field(
        False,
        description="Whether calling hours and numbers of attempts bind on the simulated network too. Nobody is "
        "disturbed there, so they do not by default.",
    )
    vonage_application_id: str = Field("", description="Id of the Vonage application that has Voice switched on.")
    vonage_private_key_path: Path | None = Field(
        None, description="File with that application's private key (PEM), as downloaded from the Vonage dashboard."
    )
    vonage_api_key: str = Field("", description="API key of the Vonage account: checked in signed webhooks.")
    vonage_signature_secret: SecretStr | None = Field(
        None, description="Signature secret of the Vonage account: proves that webhooks come from Vonage."
    )
    vonage_number: str = Field("", description="Number that calls are made from, like `+14155550100`.")
    vonage_machine_detection: bool = Field(
        True,
        description="Whether the carrier listens for voicemails on outgoing calls and tells us. Vonage charges for it.",
    )
    vonage_api_host: str = Field("api.nexmo.com", description="Host of Vonage's Voice API; regional hosts are allowed.")
    vonage_ca_bundle: Path | None = Field(
        None, description="File with the certificate authorities to trust for that host instead of the usual ones."
    )
    phone_connection: str = Field(
        "",
        description="Name of a connection of the kind `vonage` that holds the account, instead of the Vonage "
        "variables above. `leadline connect` makes one.",
    )
    providers: Literal["local", "google"] = Field(
        "local",
        description="Who listens, speaks and thinks in calls whose flow does not say: `local`: engines on this "
        "machine. `google`: Google's speech and Gemini; those of this machine take over when a service fails.",
    )
    ear: Literal["local", "google"] | None = Field(
        None, description="Who listens, if not as `LEADLINE_PROVIDERS` says: `local` or `google`."
    )
    ear_connection: str = Field("google", description="Name of the connection for Google's recognition.")
    ear_model: str = Field("telephony", description="Google's recognition model.")
    ear_location: str = Field(
        "",
        description="Google's location of that model, such as `us`; `chirp_3` wants one. Without it: the connection's, "
        "else `global`.",
    )
    voice: Literal["local", "google"] | None = Field(
        None, description="Who speaks, if not as `LEADLINE_PROVIDERS` says: `local` or `google`."
    )
    voice_connection: str = Field("google", description="Name of the connection for Google's voices.")
    voice_name: str = Field(
        "Kore",
        description="Google's voice for flows that name none: whole, as `en-US-Chirp3-HD-Kore`, or the last word, for "
        "the Chirp 3: HD voice in the flow's language.",
    )
    voice_second: str = Field("en-US-Neural2-C", description="The voice that takes over when the first one fails.")
    voice_location: str = Field(
        "",
        description="Where Google's voices are made: `global`, `us`, `eu`, `asia-southeast1`, `asia-northeast1` or "
        "`europe-west2`. Without it: the connection's `voice_location`, else `global`.",
    )
    mind: Literal["offline", "gemini"] | None = Field(
        None, description="Who interprets and words, if not as `LEADLINE_PROVIDERS` says: `offline` or `gemini`."
    )
    mind_connection: str = Field("gemini", description="Name of the connection for Gemini.")
    mind_models: str = Field(
        "gemini-3.5-flash-lite,gemini-3.5-flash",
        description="Gemini's models with commas: the first is asked, the next ones take over when it fails. At the "
        "end always stands the offline model of this machine.",
    )
    models: Path | None = Field(
        None,
        description="Folder with the local speech models. Without it: `leadline/models` in the user's cache folder.",
    )
    prefect_api_url: str = Field(
        "",
        description="API of a Prefect server that you run, such as `https://prefect.example.com/api`. Without it: "
        "Leadline starts one of its own beside itself.",
    )
    prefect_pool: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]{0,60}$",
        description="Work pool of that Prefect server whose workers carry out after-call work, such as `leadline`; it "
        "is made if there is none. Without it: each process that runs the lane carries it out itself.",
    )
    alert_url: SecretStr | None = Field(
        None,
        description="Address that Prefect sends one message to for every call whose after-call work failed, such as an "
        "incoming webhook of Slack.",
    )
    prefect_port: int = Field(4200, ge=1, le=65535, description="Port of that own Prefect server.")
    prefect_auth: SecretStr | None = Field(
        None, description="`user:password` for a Prefect server with basic authentication."
    )

    @property
    def database_address(self) -> str:
        """The database's address, with its password: do not log it (`Database.where` is for that)."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{(self.data_dir / 'leadline.db').absolute()}"

    @property
    def origins_of_builder(self) -> list[str]:
        return [part.strip() for part in self.builder_origins.split(",") if part.strip()]

    @property
    def clock(self) -> Clock:
        """A clock of business time as set."""
        return Clock(timedelta(seconds=self.clock_offset_s))

    @property
    def flows_by_number(self) -> dict[str, str]:
        """Flow ids by the number (E.164) that was dialled."""
        pairs = (part.partition("=") for part in self.inbound_flows.split(",") if part.strip())
        return {number.strip(): flow.strip() for number, _, flow in pairs}

    @property
    def prefect_address(self) -> str:
        """Where people open Prefect's dashboard."""
        return self.prefect_api_url.removesuffix("/api") or f"http://127.0.0.1:{self.prefect_port}"

    @property
    def embedded_prefect(self) -> bool:
        return not self.prefect_api_url

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.match(r"(sqlite|postgres|postgresql)(\+\w+)?://.", url.get_secret_value()):
            raise ValueError("it must begin with postgresql:// or sqlite:///")
        return url

    @property
    def own_address(self) -> str:
        """Base URL of this process inside the installation; empty if others do not reach it."""
        if self.own_url:
            return "" if self.own_url == NOT_REACHED else self.own_url
        if not _only_this_machine(self.host):
            return ""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @field_validator("public_url", "prefect_api_url", "own_url")
    @classmethod
    def _web_address(cls, url: str, info: ValidationInfo) -> str:
        if info.field_name == "own_url" and url == NOT_REACHED:
            return url
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("it must be a web address that begins with https:// or http://")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("it must hold neither a password nor anything after a ? or #")
        return url.rstrip("/")

    @field_validator("builder_origins")
    @classmethod
    def _origins(cls, text: str) -> str:
        for origin in (part.strip() for part in text.split(",") if part.strip()):
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError("each must be an origin such as https://builder.example, with nothing after the host")
        return text

    @field_validator("inbound_flows")
    @classmethod
    def _pairs(cls, text: str) -> str:
        for part in (part.strip() for part in text.split(",") if part.strip()):
            if not re.fullmatch(r"\+[1-9]\d{6,14}\s*=\s*\w+", part):
                raise ValueError("each entry must be a number and a flow's id, like +14155550100=my_flow")
        return text

    @field_validator("vonage_number")
    @classmethod
    def _full_number(cls, number: str) -> str:
        if number and not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            raise ValueError("it must be a full number with country code, like +14155550100")
        return number

    @field_validator("vonage_private_key_path", "vonage_ca_bundle")
    @classmethod
    def _there(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("there is no such file (or this user may not read it)")
        return path

    @field_validator("api_token")
    @classmethod
    def _long_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < _TOKEN_LENGTH:
            raise ValueError(f"it must have at least {_TOKEN_LENGTH} characters")
        return token

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if (
            self.phone == "vonage"
            and not self.phone_connection
            and (missing := [name for name in _VONAGE if not getattr(self, name)])
        ):
            raise ValueError(
                f"{variable('phone')} is vonage, so these are needed too: {_list(missing)}. Or name a connection in "
                f"{variable('phone_connection')}"
            )
        if self.api_token is None and not _only_this_machine(self.host):
            raise ValueError(
                f"{variable('host')} lets other machines in, so {variable('api_token')} is needed; "
                "make one with: openssl rand -hex 24"
            )
        return self


def load() -> Settings:
    """The settings of this process. Raises `SettingsProblem`."""
    problems = [_misspelt(name) for name in os.environ if name.startswith(PREFIX)]
    try:
        settings = Settings()
    except ValidationError as invalid:
        # `from None`: the chained error would show values in a traceback.
        raise SettingsProblem(_explain(invalid, [text for text in problems if text])) from None
    if any(problems):
        raise SettingsProblem(_paragraph([text for text in problems if text]))
    return settings


def variable(field: str) -> str:
    """The environment variable of a field."""
    return f"{PREFIX}{field.upper()}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as people may see it: never a secret's value. `chosen`: somebody set it, it is not the default."""

    variable: str
    value: str
    chosen: bool
    secret: bool
    description: str


def shown(settings: Settings) -> list[Shown]:
    """All settings that this process goes by."""
    found = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        secret = "SecretStr" in str(field.annotation)
        words = "" if value is None or secret else str(value)
        found.append(Shown(variable(name), words, value != field.default, secret, field.description or ""))
    return found


def markdown() -> str:
    """The page docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Set these as environment variables or as lines of a file `.env` in the folder that Leadline is started from.",
        "With none of them, `leadline up` runs on one machine without any account. A value that cannot be used stops",
        "the start, with a message that names the variable.",
        "",
        "This page is generated: `python -m engine.settings > docs/settings.md`.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        lines.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _explain(invalid: ValidationError, others: list[str]) -> str:
    texts = []
    for error in invalid.errors(include_input=False, include_context=False, include_url=False):
        what = error["msg"].removeprefix("Value error, ")
        if error["loc"] and (name := str(error["loc"][0])) in Settings.model_fields:
            about = Settings.model_fields[name].description
            texts.append(f"{variable(name)} cannot be used: {what[0].lower()}{what[1:]}. ({about})")
        else:
            texts.append(f"{what}.")
    return _paragraph(texts + others)


def _paragraph(texts: list[str]) -> str:
    return "Leadline cannot start with these settings:\n" + "\n".join(f"  - {text}" for text in texts)


def _misspelt(name: str) -> str:
    """A variable that is nearly one of ours would silently do nothing."""
    known = [variable(field) for field in Settings.model_fields]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
    return f"{name} is not a setting. Did you mean {near[0]}?" if near and name not in known else ""


def _list(fields: list[str]) -> str:
    return ", ".join(variable(field) for field in fields)


def _only_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    sys.stdout.write(markdown())
