"""One lead's story as a line of moments: how it came in, why it was or was not called, how long each stage took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ui import looks, moments
from ui.records import Json
from ui.resources.leads import Attempt, Event, Stage, Story
from ui.sentences import outcome_word, reason_word
from ui.texts import t

TONES: Mapping[str, looks.Tone] = {
    "came_in": "info", "fetched": "info", "merged": "calm", "repeated": "calm", "planned": "info", "called": "info",
    "opted_out": "bad", "cancelled": "warm", "held": "warm",
}  # fmt: skip
ANSWERS: Mapping[str, looks.Tone] = {"yes": "good", "no": "bad", "later": "warm"}

_Moment = tuple[datetime, int, str]


def story_html(story: Story, zone: ZoneInfo) -> str:
    """Events and calls, oldest first. What was told in one instant keeps its order."""
    found: list[_Moment] = [(each.at, place, _event(each, zone)) for place, each in enumerate(story.events)]
    found += [(each.placed_at, len(found) + place, _attempt(each, zone)) for place, each in enumerate(story.attempts)]
    entries = "".join(
        f'<li><span class="when">{looks.esc(moments.day_and_time(at, zone))}</span>{html}</li>'
        for at, _, html in sorted(found, key=lambda moment: moment[:2])
    )
    return looks.page(f'<ol class="ll-story">{entries}</ol>')


def held_back(story: Story) -> bool:
    """Whether a rule, and nothing that came after it, keeps the lead from being called."""
    decided = [each for each in story.events if each.kind in ("decided", "called")]
    return bool(decided) and decided[-1].kind == "decided" and _text(decided[-1].data, "answer") == "no"


def _event(event: Event, zone: ZoneInfo) -> str:
    why = _text(event.data, "why")
    if event.kind == "decided":
        return _decision(event.data)
    title = looks.badge(t(f"story.{event.kind}"), TONES.get(event.kind, "calm"))
    lines = [why] if why else []
    if (at := _moment(event.data.get("at"))) is not None:
        lines.insert(0, t("story.for", when=moments.day_and_time(at, zone)))
    if by := _text(event.data, "by"):
        lines.append(t("story.by", who=by))
    return _entry(title, lines)


def _decision(document: Mapping[str, Json]) -> str:
    answer = _text(document, "answer")
    title = looks.badge(t(f"story.decided.{answer}", otherwise=answer), ANSWERS.get(answer, "calm"))
    checks = _checks(document)
    said = _text(document, "headline")
    whys = [_text(each, "why") for each in checks if not each.get("holds")]
    lines = [said, *(why for why in whys if why not in said)]
    lines += [str(each) for each in _list(document.get("warnings"))]
    return _entry(title, lines, rules_html(document))


def rules_html(document: Mapping[str, Json]) -> str:
    """Every rule that was asked, folded."""
    items = "".join(f"<li>{looks.dim(str(each))}</li>" for each in _list(document.get("there")))
    items += "".join(_rule(each) for each in _checks(document))
    return f"<details><summary>{looks.esc(t('story.rules'))}</summary><ul>{items}</ul></details>" if items else ""


def _rule(check: Mapping[str, Json]) -> str:
    mark = looks.dot("good" if check.get("holds") else "bad")
    name = _text(check, "title") or _text(check, "rule")
    more = " ".join(part for part in (_text(check, "why"), _text(check, "inputs")) if part)
    return f"<li>{mark}{looks.esc(name)} {looks.dim(more)}</li>"


def _attempt(attempt: Attempt, zone: ZoneInfo) -> str:
    name = t("story.call_in") if attempt.direction == "inbound" else t("story.attempt", number=attempt.attempt)
    outcome = outcome_word(attempt.disposition) if attempt.disposition else t(f"live.state.{attempt.state}")
    link = f'<a href="{looks.esc(looks.address("call", call=attempt.call_id))}">{looks.esc(name)}</a>'
    lines = [each for each in (reason_word(attempt.reason), attempt.problem) if each]
    decision = attempt.decision if isinstance(attempt.decision, dict) else {}
    return _entry(
        f"{link} {looks.badge(outcome, looks.tone_of(attempt.disposition))}",
        lines,
        stages_html(attempt.stages, zone),
        rules_html(decision),
    )


def stages_html(stages: Sequence[Stage], zone: ZoneInfo) -> str:
    """How long each stage took, as a strip; nothing for fewer than two."""
    if len(stages) < 2:
        return ""
    items = "".join(_stage(each, zone) for each in stages)
    return f'<ol class="ll-stages">{items}</ol>'


def _stage(stage: Stage, zone: ZoneInfo) -> str:
    name = looks.esc(t(f"stage.{stage.name}", otherwise=stage.name))
    first = stage.took_ms is None
    took = moments.clock(stage.at.astimezone(zone)) if first else f"+ {moments.quickness(stage.took_ms)}"
    return f"<li><span>{name}</span><b>{looks.esc(took)}</b></li>"


def _entry(title: str, lines: Sequence[str], *more: str) -> str:
    """`title` and `more` are HTML."""
    return f"<div>{title}{''.join(looks.paragraph(each) for each in lines if each)}{''.join(more)}</div>"


def _checks(document: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    return [each for each in _list(document.get("checks")) if isinstance(each, dict)]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _text(data: Mapping[str, Json], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _moment(value: Json) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
