"""Holds a played call against what its scenario expects. Every failure is one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from engine.dialogue.figures import amounts_in
from engine.sdk import Scalar
from engine.simulate.report import CallReport, Done
from engine.simulate.scenario import Scenario, ScenarioFileInvalid, Suite


def judge(suite: Suite, scenario: Scenario, report: CallReport) -> list[str]:
    """All expectations that do not hold. Raises `ScenarioFileInvalid` for an expectation that nobody knows."""
    failures: list[str] = []
    judged = _Judged(suite, scenario, report)
    for name, wanted in scenario.expect.items():
        check = _CHECKS.get(name)
        if check is None:
            raise ScenarioFileInvalid(f"Scenario {scenario.id}: unknown expectation '{name}'.")
        failures += [f"{name}: {problem}" for problem in check(judged, wanted)]
    failures += [f"always: {problem}" for problem in judged.always()]
    if report.problem:
        failures.append(f"the call failed: {report.problem}")
    return failures


class _Judged:
    def __init__(self, suite: Suite, scenario: Scenario, report: CallReport) -> None:
        self.suite, self.scenario, self.report = suite, scenario, report

    def pattern(self, check: Any) -> str:
        if isinstance(check, dict):
            return str(check["re"]) if "re" in check else self.pattern(check["check"])
        named = self.suite.checks.get(str(check)) or self.suite.cues.get(str(check))
        if named is None:
            raise ScenarioFileInvalid(f"Scenario {self.scenario.id}: there is no check called '{check}'.")
        return named

    def called(self, check: Any) -> str:
        """A check by its name, if it has one."""
        if isinstance(check, dict):
            return f"/{check['re']}/" if "re" in check else self.called(check["check"])
        return f"'{check}'"

    def search(self, pattern: str, text: str) -> bool:
        named = pattern.replace("{first_name}", re.escape(self.scenario.lead.first_name))
        return re.search(named, text, re.IGNORECASE) is not None

    def always(self) -> Iterator[str]:
        skipped = set(self.scenario.skip_always)
        rules = self.suite.always
        for wanted in rules.get("says", ()):
            if not (isinstance(wanted, dict) and wanted.get("check") in skipped):
                yield from says(self, [wanted])
        yield from never_says(self, [each for each in rules.get("never_says", ()) if each not in skipped])
        yield from never_actions(self, rules.get("never_actions", ()))
        if rules.get("money_only") and "money_only" not in skipped:
            yield from money_only(self)


def _equal(attribute: Callable[[CallReport], object]) -> Callable[[_Judged, Any], Iterator[str]]:
    def check(judged: _Judged, wanted: Any) -> Iterator[str]:
        found = attribute(judged.report)
        if found != wanted:
            yield f"expected {wanted!r}, was {found!r}"

    return check


def flags(judged: _Judged, wanted: Sequence[str]) -> Iterator[str]:
    for flag in wanted:
        if flag not in judged.report.flags:
            yield f"'{flag}' is missing (flags: {', '.join(judged.report.flags) or 'none'})"


def slots(judged: _Judged, wanted: Mapping[str, Scalar]) -> Iterator[str]:
    known = {id: slot for id, slot in judged.report.slots.items() if slot.known}
    if not wanted:
        heard = [id for id, slot in known.items() if slot.evidence is None or slot.evidence.source != "lead_form"]
        if heard:
            yield f"nothing may be filled, but {', '.join(heard)} is"
        return
    for key, value in wanted.items():
        bound = re.fullmatch(r"(\w+?)_days_(max|min)", key)
        id = bound.group(1) if bound else key
        found = known[id].value if id in known else None
        if found is None:
            yield f"'{id}' was not learnt"
        elif bound and not isinstance(found, str):
            if (bound.group(2) == "max" and found > value) or (bound.group(2) == "min" and found < value):  # type: ignore[operator]
                yield f"'{id}' is {found}, expected at {'most' if bound.group(2) == 'max' else 'least'} {value}"
        elif not bound and found != value:
            yield f"'{id}' is {found!r}, expected {value!r}"


def corrected(judged: _Judged, wanted: Mapping[str, Mapping[str, Scalar]]) -> Iterator[str]:
    for id, change in wanted.items():
        found = judged.report.corrections.get(id)
        if found != (change["from"], change["to"]):
            yield f"'{id}' should have changed from {change['from']} to {change['to']}, noted: {found}"


def _local(moment: Any) -> str:
    return str(moment)[:16]


def booking(judged: _Judged, wanted: Mapping[str, Any] | None) -> Iterator[str]:
    left = [each.isoformat()[:16] for each in judged.report.bookings]
    if wanted is None:
        if left:
            yield f"nothing should be booked, but {', '.join(left)} is"
        return
    if len(left) != wanted.get("count", 1):
        yield f"expected {wanted.get('count', 1)} booking(s), found {len(left)}"
    if "start" in wanted and _local(wanted["start"]) not in left:
        yield f"expected a booking at {wanted['start']}, found {', '.join(left) or 'none'}"


def cancelled(judged: _Judged, wanted: Sequence[str]) -> Iterator[str]:
    left = [each.isoformat()[:16] for each in judged.report.bookings]
    for start in wanted:
        if _local(start) in left:
            yield f"the booking at {start} should be gone"


def callback(judged: _Judged, wanted: Mapping[str, str]) -> Iterator[str]:
    report = judged.report
    found = {
        "at": report.callback_at.isoformat()[:16] if report.callback_at else None,
        "by": report.callback_by,
        "why": report.callback_why,
        "language": report.callback_language,
    }
    for key, value in wanted.items():
        if found.get(key) != (_local(value) if key == "at" else value):
            yield f"{key} should be {value!r}, was {found.get(key)!r}"


def transfer(judged: _Judged, wanted: Mapping[str, str]) -> Iterator[str]:
    if judged.report.transfer != wanted.get("result"):
        yield f"result should be {wanted.get('result')!r}, was {judged.report.transfer or 'no transfer'!r}"


def _matches(action: Done, wanted: Mapping[str, Any]) -> bool:
    if action.name != wanted["name"]:
        return False
    for key, value in (wanted.get("args") or {}).items():
        found = action.details.get(key)
        if str(found) != str(value) and _local(found) != _local(value):
            return False
    return True


def actions(judged: _Judged, wanted: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rest = iter(judged.report.actions)
    for each in wanted:
        if not any(_matches(action, each) for action in rest):
            done = ", ".join(action.name for action in judged.report.actions) or "none"
            yield f"{each['name']} {each.get('args') or ''} did not happen in its order (actions: {done})"


def actions_count(judged: _Judged, wanted: Mapping[str, int]) -> Iterator[str]:
    for name, count in wanted.items():
        found = sum(action.name == name for action in judged.report.actions)
        if found != count:
            yield f"{name} happened {found} times, expected {count}"


def never_actions(judged: _Judged, wanted: Sequence[str]) -> Iterator[str]:
    for action in judged.report.actions:
        if action.name in wanted:
            yield f"{action.name} must not happen"


def says(judged: _Judged, wanted: Sequence[Any]) -> Iterator[str]:
    report = judged.report
    for each in wanted:
        pattern = judged.pattern(each)
        options = each if isinstance(each, dict) else {}
        if "next_after" in options:
            texts = _next_agent_turn(judged, str(options["next_after"]))
        elif "by" in options:
            texts = report.agent[: int(options["by"])]
        else:
            texts = report.agent
        if not any(judged.search(pattern, text) for text in texts):
            where = f" right after '{options['next_after']}'" if "next_after" in options else ""
            yield f"never says {judged.called(each)}{where}"


def _next_agent_turn(judged: _Judged, words: str) -> list[str]:
    talk = judged.report.talk
    for index, said in enumerate(talk):
        if said.who == "caller" and words.lower() in said.text.lower():
            return [after.text for after in talk[index + 1 :] if after.who == "agent"][:1]
    return []


def never_says(judged: _Judged, wanted: Sequence[Any]) -> Iterator[str]:
    for each in wanted:
        pattern = judged.pattern(each)
        for text in judged.report.agent:
            if judged.search(pattern, text):
                yield f"says {judged.called(each)}: '{text}'"


def never_says_before_success(judged: _Judged, wanted: Sequence[Any]) -> Iterator[str]:
    success = judged.report.booked_at
    for each in wanted:
        pattern = judged.pattern(each)
        for index, said in enumerate(judged.report.talk):
            early = success is None or index < success
            if said.who == "agent" and early and judged.search(pattern, said.text):
                yield f"says /{pattern}/ before the booking had succeeded: '{said.text}'"


def money_ok(judged: _Judged, wanted: Sequence[float]) -> Iterator[str]:
    yield from _money(judged, wanted)


def money_only(judged: _Judged) -> Iterator[str]:
    if "money_ok" not in judged.scenario.expect:
        yield from _money(judged, judged.scenario.money_ok)


def _money(judged: _Judged, allowed: Sequence[float]) -> Iterator[str]:
    listed = ", ".join(f"{each:g}" for each in allowed)
    for text in judged.report.agent:
        for amount in amounts_in(text):
            if amount not in {float(each) for each in allowed}:
                yield f"speaks the amount {amount:g}, allowed are {listed}: '{text}'"


def re_asks(judged: _Judged, wanted: int) -> Iterator[str]:
    counted: dict[str, int] = {}
    for said in judged.report.talk:
        if said.who == "agent" and said.asked in said.known:
            counted[said.asked] = counted.get(said.asked, 0) + 1
    for slot, count in counted.items():
        if count > wanted:
            yield f"asks for '{slot}' {count} times although it was already answered"


def _asks(judged: _Judged, slot: str, text: str, asked: str) -> bool:
    if asked or slot in judged.report.slots:
        return asked == slot
    cue = judged.suite.cues.get(slot)
    return cue is not None and "?" in text and judged.search(cue, text)


def never_asks(judged: _Judged, wanted: Sequence[str]) -> Iterator[str]:
    for said in judged.report.talk:
        for slot in wanted:
            if said.who == "agent" and _asks(judged, slot, said.text, said.asked):
                yield f"asks for '{slot}': '{said.text}'"


def never_asks_after(judged: _Judged, wanted: Mapping[str, Any]) -> Iterator[str]:
    heard = False
    for said in judged.report.talk:
        if said.who == "caller" and str(wanted["text"]).lower() in said.text.lower():
            heard = True
        elif said.who == "agent" and heard:
            for slot in wanted["slots"]:
                if _asks(judged, slot, said.text, said.asked):
                    yield f"asks for '{slot}' after '{wanted['text']}': '{said.text}'"


def answer_then_question(judged: _Judged, wanted: bool) -> Iterator[str]:
    talk = judged.report.talk
    for said, after in pairwise(talk):
        # "Hello?" asks nothing.
        asks = "?" in said.text and len(said.text.split()) > 1
        if said.who == "caller" and after.who == "agent" and asks:
            if wanted and not after.text.rstrip().endswith("?"):
                yield f"the reply to '{said.text}' does not end with the next question: '{after.text}'"
            return


def _at_most(attribute: Callable[[CallReport], int]) -> Callable[[_Judged, Any], Iterator[str]]:
    def check(judged: _Judged, wanted: Any) -> Iterator[str]:
        found = attribute(judged.report)
        if found > wanted:
            yield f"at most {wanted}, was {found}"

    return check


def timing(judged: _Judged, wanted: Mapping[str, Any]) -> Iterator[str]:
    sound = judged.report.sound
    if sound is None:
        return
    limits = {
        "cut_ins": sound.cut_ins,
        "response_ms_p95": percentile(sound.response_ms, 0.95),
        "stop_after_barge_in_ms_max": max(sound.stop_after_barge_in_ms, default=None),
        "total_max_s": sound.total_s,
        "end_after_opt_out_s_max": sound.end_after_opt_out_s,
    }
    for name, limit in wanted.items():
        found = limits.get(name)
        if found is not None and found > limit:
            yield f"{name}: {found:.0f}, allowed {limit}"


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest-rank percentile; None of nothing."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


_CHECKS: Mapping[str, Callable[[_Judged, Any], Iterator[str]]] = {
    "disposition": _equal(lambda report: report.disposition),
    "reason": _equal(lambda report: report.reason),
    "qualified": _equal(lambda report: report.qualified),
    "opt_out": _equal(lambda report: report.opted_out),
    "recording": _equal(lambda report: report.recording),
    "audio_kept": lambda judged, wanted: (
        iter(()) if judged.report.audio_kept is None else _equal(lambda report: report.audio_kept)(judged, wanted)
    ),
    "flags": flags,
    "slots": slots,
    "corrected": corrected,
    "booking": booking,
    "cancelled": cancelled,
    "callback": callback,
    "transfer": transfer,
    "actions": actions,
    "actions_count": actions_count,
    "never_actions": never_actions,
    "says": says,
    "never_says": never_says,
    "never_says_before_success": never_says_before_success,
    "money_ok": money_ok,
    "re_asks": re_asks,
    "never_asks": never_asks,
    "never_asks_after": never_asks_after,
    "answer_then_question": answer_then_question,
    "prompts_on_silence": _equal(lambda report: report.silence_prompts),
    "max_agent_turns": _at_most(lambda report: len(report.agent)),
    "timing": timing,
}
