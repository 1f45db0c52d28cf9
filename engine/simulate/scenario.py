"""Caller scenarios: what a simulated caller says, and what must come of it. The format is explained in
docs/scenarios.md; a file in it is data from outside, hence Pydantic."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator


class _Yaml12(yaml.SafeLoader):
    """YAML in which `on`, `yes` and `no` are words, as people write them (only true and false are booleans)."""


_Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF"))


class ScenarioFileInvalid(ValueError):
    """A scenario file cannot be used. The message says where and what."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeadData(_Part):
    first_name: str = "Dana"
    last_name: str = "Reyes"
    phone: str = "+14155550123"
    email: str | None = None
    source: str = "website"
    form: dict[str, str] = Field(default_factory=dict)
    consent: str = "written"
    form_age_s: int = 20


class CalendarFault(_Part):
    on: str
    start: str | None = None
    answer: Literal["conflict", "down", "slow"]
    times: int = 1


class CalendarData(_Part):
    free: tuple[str, ...] = ()
    faults: tuple[CalendarFault, ...] = ()


class Staff(_Part):
    available: bool = True


class LineAudio(_Part):
    """How a line sounds; only matters when it is played."""

    model_config = ConfigDict(frozen=True, extra="allow")

    backchannel: bool = False
    beep_after: bool = False
    pauses_ms: tuple[int, ...] = ()
    noise: str | None = None
    snr_db: float | None = None
    speaker: str | None = None


class CallerLine(_Part):
    """One thing the caller may say. `when`: one of its alternatives must fit."""

    when: tuple[str, ...]
    say: str = ""
    after_ms: int = 0
    on: str | None = None
    lang: str = "en"
    audio: LineAudio = LineAudio()

    @field_validator("when", mode="before")
    @classmethod
    def _always_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def words(self) -> str:
        """The line without its pause marks."""
        return re.sub(r"\s*\|\s*", " ", self.say).strip()


class Scenario(_Part):
    """A caller and the expected end. `expect` is kept as written: `engine.simulate.judge` knows its words."""

    id: str
    title: str = ""
    level: int = 1
    modality: Literal["both", "text", "audio"] = "both"
    persona: dict[str, Any] = Field(default_factory=dict)  # for people; nothing reads it
    attempt: int = 1
    lead: LeadData = LeadData()
    calendar: CalendarData = CalendarData()
    staff: Staff = Staff()
    answers: dict[str, str] = Field(default_factory=dict)
    fallback: str = "Sorry, what was that?"
    money_ok: tuple[float, ...] = ()
    audio_all: LineAudio | None = None
    turns: tuple[CallerLine, ...] = ()
    skip_always: tuple[str, ...] = ()
    expect: dict[str, Any] = Field(default_factory=dict)
    clock: datetime
    zone: str


class Suite(_Part):
    """All scenarios of a file. `cues`: patterns by which a caller recognises what is asked. `always`: holds for all."""

    flow: str
    cues: dict[str, str]
    checks: dict[str, str]
    always: dict[str, Any]
    scenarios: tuple[Scenario, ...]

    def get(self, id: str) -> Scenario:
        """By id, or by the part of it before the first underscore (hs01). Raises `ScenarioFileInvalid`."""
        for scenario in self.scenarios:
            if id in (scenario.id, scenario.id.split("_")[0]):
                return scenario
        known = ", ".join(scenario.id for scenario in self.scenarios)
        raise ScenarioFileInvalid(f"There is no scenario '{id}'. The file has: {known}.")


def shipped(name: str) -> Path:
    """The scenario file that ships for a flow, by the flow file's name. Raises `ScenarioFileInvalid`."""
    here = Path(__file__).resolve().parent.parent
    installed = here / "shipped" / "scenarios"
    folder = installed if installed.is_dir() else here.parent / "examples" / "scenarios"
    file = folder / f"{name}.yaml"
    if not file.is_file():
        raise ScenarioFileInvalid(f"No scenarios ship for '{name}'. Looked for {file}.")
    return file


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` replaces fields of `base`; maps are merged."""
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


def load_suite(path: Path) -> Suite:
    """Read a scenario file. Raises `ScenarioFileInvalid` with the place and the reason."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Yaml12)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ScenarioFileInvalid(f"The scenario file {path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise ScenarioFileInvalid(f"{path} is not valid YAML{where}: {getattr(error, 'problem', error)}.") from error
    if not isinstance(data, dict) or not isinstance(data.get("scenarios"), list):
        raise ScenarioFileInvalid(f"{path} has no list called 'scenarios'.")
    if data.get("schema_version") != 1:
        raise ScenarioFileInvalid(f"{path} has schema_version {data.get('schema_version')!r}; this Leadline reads 1.")
    defaults = data.get("defaults") or {}
    try:
        scenarios = tuple(
            Scenario.model_validate(_merged({**defaults, "clock": data.get("clock"), "zone": data.get("zone")}, each))
            for each in data["scenarios"]
        )
        return Suite(
            flow=str(data.get("flow", "")),
            cues=data.get("cues") or {},
            checks=data.get("checks") or {},
            always=data.get("always") or {},
            scenarios=scenarios,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        name = first["input"].get("id", "") if isinstance(first.get("input"), dict) else ""
        raise ScenarioFileInvalid(f"{path}: scenario {name or '?'}, field '{place}': {first['msg']}.") from error
