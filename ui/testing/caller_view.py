"""A caller's result in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ui import looks
from ui.flow_view import Flow
from ui.resources.test_bench import CallerRow, Failure, Run
from ui.sentences import capital, lowered, outcome_word, reason_word
from ui.texts import t

TONES: Final[dict[str, looks.Tone]] = {"passed": "good", "failed": "bad", "left_out": "calm"}
ORDER: Final = {"failed": 0, "passed": 1, "left_out": 2}
_EXPECTED: Final = re.compile(r"expected '([^']*)', was '([^']*)'")
_NAMED: Final = re.compile(r"'([a-z_]+)'")
_CHECKS: Final = {
    "company": "callers.says.company",
    "ai": "callers.says.ai",
    "opt_out_how": "callers.says.opt_out_how",
    "recording": "callers.says.recording",
}


def summary(run: Run) -> str:
    """How many were served as expected, as badges."""
    marks = []
    if run.passed:
        marks.append(looks.badge(t("callers.passed", count=run.passed), "good"))
    if run.failed:
        marks.append(looks.badge(t("callers.failed", count=run.failed), "bad"))
    if run.left_out:
        marks.append(looks.badge(t("callers.left_out", count=run.left_out)))
    return looks.page(f"<p>{' '.join(marks)}</p>") if marks else ""


def sorted_rows(rows: Sequence[CallerRow]) -> list[CallerRow]:
    """What needs looking at comes first."""
    return sorted(rows, key=lambda row: (ORDER.get(row.state, 9), row.title))


def ended(row: CallerRow) -> str:
    """How the call ended, with the reason; empty for one that was not made."""
    words = outcome_word(row.outcome)
    return f"{words}: {lowered(reason_word(row.reason))}" if words and row.reason else words


def head(row: CallerRow) -> str:
    wants = t("callers.wants", who=capital(row.who), wants=row.wants) if row.wants else capital(row.who)
    mark = looks.badge(t(f"callers.state.{row.state}"), TONES.get(row.state, "calm"))
    end = looks.paragraph(t("callers.ended", how=ended(row))) if ended(row) else ""
    return looks.page(looks.card(row.title, looks.paragraph(wants, dimmed=True), end, beside=mark))


def faults(row: CallerRow, flow: Flow) -> str:
    """What was not as expected, in sentences; empty for nothing."""
    lines = [fault(each, flow) for each in row.failures]
    return looks.page(looks.card(t("callers.fault"), looks.listing(lines), kind="alarm")) if lines else ""


def fault(failure: Failure, flow: Flow) -> str:
    about = "call" if failure.about == "the call failed" else failure.about
    label = t(f"callers.about.{about}", otherwise=about.replace("_", " ").capitalize())
    return f"{label}: {_text(about, failure.text, flow)}"


def _text(about: str, text: str, flow: Flow) -> str:
    """The judge's sentence with codes and ids in words."""
    if about in ("disposition", "reason") and (found := _EXPECTED.fullmatch(text)):
        word = outcome_word if about == "disposition" else reason_word
        expected, was = (word(each) or t("nothing") for each in found.groups())
        return t("callers.expected", expected=expected, was=was)

    def named(match: re.Match[str]) -> str:
        code = match[1]
        slot = flow.slot(code)
        if slot is not None:
            return f"“{slot.label or slot.id}”"
        return t(_CHECKS[code]) if code in _CHECKS else f"“{code.replace('_', ' ')}”"

    return _NAMED.sub(named, text)


def transcript(row: CallerRow) -> str:
    bubbles = [
        f'<div class="ll-say {line.who}"><div class="meta"><span>'
        f"{looks.esc(t('call.caller') if line.who == 'caller' else t('call.assistant'))}</span></div>"
        f"{looks.esc(line.text)}</div>"
        for line in row.transcript
    ]
    return looks.page(f'<div class="ll-chat">{"".join(bubbles)}</div>') if bubbles else ""
