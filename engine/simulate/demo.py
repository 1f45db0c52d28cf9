"""`leadline demo`: one complete spoken call on this machine, told as it happens, with its figures at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine.sdk import CallResult, Json
from engine.simulate.api_client import CallEvent, LeadlineApi
from engine.simulate.judge import judge, percentile
from engine.simulate.scenario import Scenario, Suite
from engine.simulate.sound_call import PlayedCall, SoundPlayer, report_of
from engine.simulate.stage import LOCAL, Stage, StageProviders
from engine.speech.ports import TextToSpeech


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`folder`: where everything is kept. `expect_success`: the call must end qualified, booked and synced, else what
    the scenario expects must hold. `providers`: who listens, speaks and thinks."""

    folder: Path
    expect_success: bool = True
    speaker: Callable[[bytes, bytes], None] | None = None
    providers: StageProviders = LOCAL


@dataclass(frozen=True, slots=True)
class DemoEnd:
    """`summary`: the JSON object of the last line. `failures`: why it is not ok, one sentence each."""

    summary: dict[str, Json]
    failures: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.failures


class Screen:
    """Prints what happens, with seconds since the answer in front."""

    def __init__(self, console: Console | None) -> None:
        self._console = console
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        if self._console is not None:
            self._console.print(f"[dim]{time.monotonic() - self._began:5.1f} s[/]  {text}")

    def event(self, event: CallEvent) -> None:
        """A live event of the call, if it is one that people want to see."""
        if self._console is None:
            return
        facts, line = event.facts, ""
        match event.kind:
            case "agent_says":
                line = f"[bold cyan]Robin  [/] {_plain(facts.get('text'))}"
            case "caller_said":
                line = f"[bold yellow]Caller [/] {_plain(facts.get('text'))}"
            case "slot" if facts.get("value") is not None:
                line = f"[dim]         learnt {facts.get('slot')} = {facts.get('value')}[/]"
            case "acted":
                line = f"[dim]         does {facts.get('action')} {_details(facts.get('details'))}[/]"
            case "latency":
                line = f"[dim]         answered after {facts.get('total')} ms[/]"
        if line:
            self._console.print(f"[dim]{event.at:6.1f} s[/] {line}")


def _plain(text: Json) -> str:
    return str(text).replace("[", "\\[")


def _details(details: Json) -> str:
    return ", ".join(f"{key} {value}" for key, value in details.items()) if isinstance(details, dict) else ""


async def run_demo(
    suite: Suite, scenario: Scenario, flow_text: str, voice: TextToSpeech, options: DemoOptions, console: Console | None
) -> DemoEnd:
    """Play `scenario` on a stage of its own. Raises `ChildFailed`, `CallNotPlayed`, `ApiRefused`."""
    screen = Screen(console)
    async with Stage(options.folder, flow_text, screen.step, scenario.clock, providers=options.providers) as stage:
        screen.step(f"{scenario.lead.first_name} sends the form on the website: {dict(scenario.lead.form)}")
        player = SoundPlayer(stage, suite, voice, watch=screen.event, speaker=options.speaker)
        played = await player.play(scenario)
        recording = options.folder / "recording.wav"
        kept = await stage.api.save_recording(played.view.id, recording)
        record = options.folder / "call.json"
        record.write_text(json.dumps(played.view.document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        failures = tuple(_failures(suite, scenario, played, options.expect_success))
        summary = summarise(played, str(recording) if kept else "", str(record), not failures)
        if console is not None:
            _show(console, played, summary, failures)
        return DemoEnd(summary, failures)


async def follow(address: str, token: str, form: Mapping[str, object], console: Console) -> bool:
    """Send a lead to a running Leadline and print its call as it happens. True if the call took place.

    Raises `ApiRefused`.
    """
    screen = Screen(console)
    async with LeadlineApi(address, token) as api:
        lead_id = await api.send_form(form)
        screen.step("The lead is in; calling ...")
        call_id = await api.call_of(lead_id, within_s=15.0)
        async for event in api.events(call_id):
            screen.event(event)
        view = await api.call(call_id)
        console.print(f"\n{view.state}: {view.disposition or ''} {view.problem}".rstrip(), markup=False)
        return view.state == "finished"


def _failures(suite: Suite, scenario: Scenario, played: PlayedCall, expect_success: bool) -> list[str]:
    result = played.view.result
    if result is None:
        return [f"The call left no result; its state is '{played.view.state}'. {played.view.problem}"]
    found: list[str] = []
    if expect_success:
        if result.outcome.qualified is not True:
            found.append(f"The lead was not qualified: {result.outcome.explanation}")
        if result.appointment is None or not played.bookings:
            found.append(f"No appointment stands in the calendar (the call ended as '{result.outcome.disposition}').")
    else:
        found += judge(suite, scenario, report_of(played, scenario))
    found += [f"After the call, '{step.node}' is {step.state}: {step.note}" for step in played.view.unfinished]
    if not played.crm_deliveries:
        found.append("The CRM stand-in has received nothing.")
    return found


def summarise(played: PlayedCall, recording: str, record: str, ok: bool) -> dict[str, Json]:
    """The last line of the demonstration. Slots are those that the caller's own words fill."""
    result = played.view.result
    times = sorted(played.response_ms)
    return {
        "qualified": result.outcome.qualified if result else None,
        "disposition": result.outcome.disposition if result else played.view.disposition,
        "slots": _slots(result),
        "booking": _booking(result),
        "after_call": [{"node": step.node, "state": step.state} for step in played.view.steps],
        "form_to_ring_ms": round(played.form_to_ring_ms),
        "response_ms": {
            "p50": _rounded(percentile(times, 0.5)),
            "p95": _rounded(percentile(times, 0.95)),
            "all": [round(each) for each in played.response_ms],
        },
        "turns": sum(event.kind == "caller_said" for event in played.view.journal),
        "recording": recording,
        "record": record,
        "ok": ok,
    }


def _slots(result: CallResult | None) -> dict[str, Json]:
    if result is None:
        return {}
    return {
        each.slot: {"value": each.value, "words": each.said, "turn": each.turn}
        for each in result.answers
        if each.source == "call"
    }


def _booking(result: CallResult | None) -> Json:
    if result is None or result.appointment is None:
        return None
    appointment = result.appointment
    return {"start": appointment.start.isoformat(), "zone": appointment.time_zone, "id": appointment.id}


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def _show(console: Console, played: PlayedCall, summary: Mapping[str, Json], failures: tuple[str, ...]) -> None:
    result = played.view.result
    table = Table("", "", box=None, show_header=False, pad_edge=False)
    table.add_row("From form to ring", f"{summary['form_to_ring_ms']} ms")
    times = summary["response_ms"]
    assert isinstance(times, dict)
    table.add_row("Response, on the line", f"p50 {times['p50']} ms, p95 {times['p95']} ms over {times['all']}")
    if result is not None:
        table.add_row("Outcome", f"{result.outcome.disposition} {result.outcome.reason or ''}")
        table.add_row("Qualified", result.outcome.explanation)
        for each in result.answers:
            said = f'"{each.said}"' if each.source == "call" else each.said
            table.add_row(each.label, f"{each.value}   [dim]{_plain(said)}[/]")
        if result.appointment is not None:
            start = result.appointment.start
            table.add_row("Appointment", f"{start:%A, %B %d, %Y at %H:%M} ({result.appointment.time_zone})")
    for step in played.view.steps:
        table.add_row(f"After the call: {step.node}", f"{step.state}   [dim]{_plain(step.note)}[/]")
    table.add_row("Recording (stereo)", str(summary["recording"]) or "none kept")
    table.add_row("Record (JSON)", str(summary["record"]))
    console.print()
    console.print(table)
    for failure in failures:
        console.print(failure, style="red", markup=False)
