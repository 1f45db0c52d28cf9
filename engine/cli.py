"""The `leadline` command. Each command's work is done in its own room; here are only its words and its exit code."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
import time
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from engine.cli_people import people_app
from engine.cli_providers import connect_app, doctor, matrix
from engine.cli_replay import replay
from engine.cli_words import AsJson, fail, is_for_people, note, out, print_json, tell

if TYPE_CHECKING:
    from engine.simulate.demo import DemoEnd

app = typer.Typer(
    name="leadline",
    help="Leadline calls leads back, finds out what you need to know, and books appointments.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(connect_app, name="connect")
app.add_typer(people_app, name="people")
app.command()(doctor)
app.command()(matrix)
app.command()(replay)
models_app = typer.Typer(help="The speech models that run on this machine.", no_args_is_help=True)
app.add_typer(models_app, name="models")

Emulate = Annotated[
    bool, typer.Option("--emulate", help="Google's services are emulators on this machine (source checkout only).")
]
FlowFile = Annotated[Path, typer.Argument(help="A flow file (JSON), or the name of a flow that ships with Leadline.")]


@app.command()
def version() -> None:
    """Show which Leadline this is."""
    out.print(f"Leadline {installed_version('leadline')}")


@app.command()
def nodes(as_json: AsJson = False) -> None:
    """List the cards that flows can use, with the package each comes from."""
    from engine.sdk.registry import discover

    types = discover()
    if as_json:
        listed = [
            {
                "type": node.type,
                "title": node.title,
                "kind": node.kind,
                "version": node.version,
                "package": types.package[node.type],
                "summary": node.summary,
            }
            for node in types
        ]
        print_json({"nodes": listed, "broken": [vars_of(each) for each in types.broken]})
        return
    table = Table("Card", "Type", "Works", "What it does", "Package", box=None, pad_edge=False)
    when = {"talk": "in the talk", "quiet": "in between", "after_call": "after the call"}
    for node in sorted(types, key=lambda node: (node.kind, node.title)):
        table.add_row(node.title, node.type, when[node.kind], node.summary, types.package[node.type])
    out.print(table)
    for broken in types.broken:
        note.print(f"'{broken.name}' cannot be used: {broken.problem}", style="red", markup=False)


def vars_of(broken: object) -> dict[str, str]:
    return {name: str(getattr(broken, name)) for name in ("name", "problem")}


def read_flow(flow: Path) -> str:
    """The text of a flow file or of a shipped flow. Ends the command when there is none."""
    from engine.flow import shipped

    if flow.is_file():
        return flow.read_text(encoding="utf-8")
    if str(flow) not in shipped.names():
        names = ", ".join(shipped.names())
        fail(f"There is no flow file '{flow}', and none of that name ships with Leadline ({names}).")
    return (shipped.folder() / f"{flow}.json").read_text(encoding="utf-8")


@app.command()
def check(flow: FlowFile, as_json: AsJson = False) -> None:
    """Look for problems in a flow: what is wrong, where, and how to mend it. Exit code 1 if it cannot be used."""
    from engine.flow.check import check as find_issues
    from engine.flow.document import FlowDocument, FlowNewer, FlowRefused
    from engine.sdk.registry import discover

    try:
        document = FlowDocument.load(read_flow(flow))
    except (FlowRefused, FlowNewer) as problem:
        fail(f"{flow}: {problem}", code=1)
    issues = find_issues(document, discover())
    if as_json:
        found = [
            {
                "code": each.code,
                "level": each.level,
                "where": str(each.address),
                "problem": each.sentence,
                "fix": each.fix,
            }
            for each in issues
        ]
        print_json({"flow": document.flow.id, "issues": found})
    else:
        for each in issues:
            out.print(f"{each.level.upper():8}{each.address}: {each.sentence}", markup=False)
            out.print(f"        {each.fix}  ({each.code})", style="dim", markup=False)
        out.print(f"{document.flow.name}: " + (f"{len(issues)} issue(s)" if issues else "no problems found."))
    raise typer.Exit(1 if any(each.level == "error" for each in issues) else 0)


@app.command()
def simulate(
    flow: FlowFile,
    scenarios: Annotated[Path, typer.Option(help="The file with the simulated callers (YAML).")],
    mode: Annotated[
        str, typer.Option(help="text: at full speed. sound: real calls with real sound, in real time.")
    ] = "text",
    runs: Annotated[int, typer.Option(min=1, max=1000, help="How often each caller calls.")] = 1,
    only: Annotated[list[str] | None, typer.Option(help="Only this caller (may be repeated): hs01.")] = None,
    mind: Annotated[
        str, typer.Option(help="Who thinks in text: offline, or gemini with the account and models of the settings.")
    ] = "offline",
    emulate: Emulate = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what was said.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let simulated callers talk to a flow, and judge each call. Exit code 1 if any of them failed."""
    from engine.simulate.runner import ScenarioResult, playable
    from engine.simulate.scenario import ScenarioFileInvalid, load_suite

    if mode not in ("text", "sound"):
        fail(f"'{mode}' is no mode. Use --mode text or --mode sound.")
    if mind not in ("offline", "gemini"):
        fail(f"'{mind}' is no mind. Use --mind offline or --mind gemini.")
    if (mind == "gemini" and mode != "text") or (emulate and mind != "gemini"):
        fail("--mind gemini is for --mode text, and --emulate goes with it. Spoken: leadline demo --providers google.")
    try:
        suite = load_suite(scenarios)
        chosen = [suite.get(id) for id in only] if only else playable(suite, mode)
    except ScenarioFileInvalid as problem:
        fail(str(problem))
    text = read_flow(flow)

    def show(result: ScenarioResult) -> None:
        if as_json:
            return
        mark = (
            "[green]passed[/]"
            if result.passed
            else f"[red]failed[/] {result.runs - result.passed_runs} of {result.runs}"
        )
        out.print(f"{mark}  {result.id}  [dim]{result.title}[/]")
        for failure in result.failures:
            out.print(f"        {failure}", markup=False)
        if verbose:
            for said in result.report.talk:
                out.print(f"        {said.who:>6}: {said.text}", markup=False, style="dim")

    from engine.simulate.play import HowToPlay, play_all

    try:
        how = HowToPlay(mode, runs, gemini=mind == "gemini", emulate=emulate)
        results = asyncio.run(play_all(suite, chosen, text, how, show, tell(as_json)))
    except Exception as problem:
        if not is_for_people(problem):
            raise
        fail(str(problem))
    passed = sum(result.passed for result in results)
    if as_json:
        rows = [
            {"id": each.id, "passed": each.passed, "runs": each.runs, "failures": list(each.failures)}
            for each in results
        ]
        sys.stdout.write(
            json.dumps({"scenarios": rows, "passed": passed, "total": len(rows)}, ensure_ascii=False) + "\n"
        )
    else:
        out.print(f"{passed} of {len(results)} callers were served as they should be.")
    raise typer.Exit(0 if passed == len(results) else 1)


@app.command()
def demo(
    scenario: Annotated[str, typer.Option(help="Which caller picks up, such as hs03.")] = "",
    listen: Annotated[bool, typer.Option("--listen", help="Also play the call on this machine's loudspeaker.")] = False,
    providers: Annotated[str, typer.Option(help="Who listens, speaks and thinks: local or google.")] = "local",
    emulate: Emulate = False,
    as_json: AsJson = False,
) -> None:
    """Hold one complete call on this machine: a form, a ringing phone, a caller who speaks, a booking.

    Nothing outside this machine is contacted. Exit code 0 only if the lead was qualified, booked and synced, or with
    --scenario, if everything that caller expects came true.
    """
    from engine.simulate.demo import DemoOptions, run_demo
    from engine.simulate.loudspeaker import Loudspeaker
    from engine.simulate.scenario import load_suite, shipped
    from engine.simulate.stage import LOCAL, StageProviders
    from engine.speech import models
    from engine.speech.stack import caller_voice

    problems = models.check()
    if problems:
        fail("\n".join(str(problem) for problem in problems))
    if providers not in ("local", "google"):
        fail(f"'{providers}' is no choice of providers. Use --providers local or --providers google.")
    if (providers == "google") != emulate:
        fail("The demonstration contacts nobody outside this machine: --providers google goes with --emulate.")
    speaker = Loudspeaker.open() if listen else None
    if listen and speaker is None:
        note.print("No program to play sound was found (aplay, pacat, play, ffplay); the call goes on in silence.")
    folder = Path(tempfile.mkdtemp(prefix="leadline-demo-"))

    async def play() -> DemoEnd:
        suite = load_suite(shipped("home_services"))
        chosen = suite.get(scenario or "hs01")
        options = DemoOptions(
            folder,
            expect_success=not scenario,
            speaker=speaker.play if speaker else None,
            providers=StageProviders("google", emulate=True) if emulate else LOCAL,
        )
        text = read_flow(Path("home_services"))
        return await run_demo(suite, chosen, text, await caller_voice(), options, None if as_json else out)

    try:
        end = asyncio.run(play())
    except Exception as problem:
        if not is_for_people(problem):
            raise
        fail(f"{problem}\nThe files of this run: {folder}")
    finally:
        if speaker is not None:
            speaker.close()
    print_json(end.summary)
    raise typer.Exit(0 if end.ok else 1)


@app.command()
def up(
    builder_port: Annotated[int, typer.Option(help="Port of the web pages; 0 leaves them out.")] = 8501,
    emulate: Emulate = False,
) -> None:
    """Start the full product on this machine and keep it running until Ctrl-C.

    Without any account a telephone network is simulated, on which everybody picks up and talks. All settings are
    environment variables, explained in docs/settings.md.
    """
    from engine.settings import load
    from engine.up import UpOptions, run

    try:
        asyncio.run(run(load(), UpOptions(builder_port, emulate), lambda text: out.print(text, markup=False)))
    except Exception as problem:
        if not is_for_people(problem):
            raise
        fail(str(problem))


@app.command()
def call(
    to: Annotated[str, typer.Option(help="The number to call, with country code.")] = "+14155550123",
    first_name: Annotated[str, typer.Option(help="Who is called.")] = "Dana",
    last_name: Annotated[str, typer.Option(help="And the family name.")] = "Reyes",
    service: Annotated[str, typer.Option(help="What they asked about on the form.")] = "Roof repair",
    flow: Annotated[str, typer.Option(help="Id of the flow to call with.")] = "",
    api: Annotated[str, typer.Option(help="Where Leadline is running.")] = "http://127.0.0.1:8080",
    token: Annotated[str, typer.Option(envvar="LEADLINE_API_TOKEN", help="The API's token, if it has one.")] = "",
) -> None:
    """Send one lead to a running Leadline (`leadline up`) and follow the call it makes, line by line."""
    from engine.simulate.demo import follow

    form = {
        "id": f"cli-{time.time_ns()}",
        "first_name": first_name,
        "last_name": last_name,
        "phone": to,
        "flow": flow,
        "answers": {"service": service},
        "consent": {
            "call": True,
            "text": "Entered on the command line by somebody who has the person's written consent to calls with an AI "
            "voice.",
        },
    }
    try:
        over = asyncio.run(follow(api, token, form, out))
    except Exception as problem:
        if not is_for_people(problem):
            raise
        fail(str(problem), code=1)
    raise typer.Exit(0 if over else 1)


@models_app.command("install")
def models_install() -> None:
    """Fetch the speech models that are missing here, once (about 30 MB besides what pip has installed)."""
    from engine.speech import models
    from engine.speech.ports import SpeechError

    try:
        models.install(lambda text: note.print(text, style="dim", markup=False))
    except SpeechError as problem:
        fail(str(problem), code=1)


@models_app.command("check")
def models_check() -> None:
    """Say whether all speech models are there and unchanged."""
    from engine.speech import models

    problems = models.check()
    for problem in problems:
        out.print(str(problem), markup=False)
    if problems:
        raise typer.Exit(1)
    out.print("All speech models are there.")


def main() -> None:
    # SIGTERM ends a command as Ctrl-C does: through its `finally`, which stops the processes it has started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    app()


if __name__ == "__main__":
    main()
