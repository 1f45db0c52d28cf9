"""Nothing a user meets is missing from docs/: commands, settings, cards, ports, problems; no link leads nowhere."""

import ast
import json
import re
from pathlib import Path

import pytest
import typer
from click import Command

from engine.cli import app
from engine.flow.issues import LEVELS
from engine.sdk.registry import discover
from engine.settings import Settings, variable
from engine.speech import ports
from ui.client import ADDRESS_VARIABLE, BROWSER_VARIABLE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
SENTENCES = json.loads((ROOT / "tests" / "flow" / "bad" / "sentences.json").read_text())


def page(name: str) -> str:
    return (DOCS / name).read_text()


def commands(command: Command, path: str = "leadline") -> dict[str, Command]:
    """All commands that do something, by what one types."""
    below: dict[str, Command] = getattr(command, "commands", {})  # of a group
    if not below:
        return {path: command}
    return {name: found for sub, child in below.items() for name, found in commands(child, f"{path} {sub}").items()}


def parts_of(name: str) -> dict[str, str]:
    """Sections of a page by their heading."""
    pieces = re.split(r"^## (.+)$", page(name), flags=re.MULTILINE)
    return {title.strip("`"): text for title, text in zip(pieces[1::2], pieces[2::2], strict=True)}


COMMANDS = commands(typer.main.get_command(app))


def test_every_command_has_its_section_and_no_section_is_left_over():
    told = {title for title in parts_of("commands.md") if title.startswith("leadline ")}
    assert told == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_a_command_is_told(name: str):
    text = parts_of("commands.md")[name]
    for parameter in COMMANDS[name].params:
        for word in parameter.opts if parameter.param_type_name == "option" else [f"<{parameter.name}>"]:
            assert f"`{word}`" in text or f"`{word} " in text, f"{name} {word}"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_option_is_told_that_does_not_exist(name: str):
    known = {word for parameter in COMMANDS[name].params for word in (*parameter.opts, *parameter.secondary_opts)}
    assert set(re.findall(r"^\| `(--[\w-]+)", parts_of("commands.md")[name], re.MULTILINE)) <= known


def test_every_setting_is_told():
    for field in Settings.model_fields:
        assert f"`{variable(field)}`" in page("settings.md"), field


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_no_page_names_a_setting_that_does_not_exist(file: Path):
    known = {variable(field) for field in Settings.model_fields} | {
        variable("models"),
        ADDRESS_VARIABLE,
        BROWSER_VARIABLE,
    }
    assert set(re.findall(r"LEADLINE_[A-Z_]+[A-Z]", page(file.name))) <= known


def test_every_network_port_is_told_with_its_default():
    for name, field in Settings.model_fields.items():
        if name == "port" or name.endswith("_port"):
            assert f"| {field.default} | `{variable(name)}` |" in page("architecture.md"), name


def test_every_interface_of_the_speech_engines_is_told():
    tree = ast.parse(Path(ports.__file__).read_text())
    for item in tree.body:
        if isinstance(item, ast.ClassDef) and any(getattr(base, "id", "") == "Protocol" for base in item.bases):
            assert f"`{item.name}`" in page("architecture.md"), item.name


def test_every_card_that_ships_is_told_with_its_exits_and_settings():
    types = discover()
    for node in types:
        if types.package[node.type] != "leadline":
            continue
        assert f"`{node.type}`" in page("nodes.md"), node.type
        assert node.title in page("nodes.md"), node.title
        for setting in node.settings_model().model_fields:
            assert f"`{setting}`" in page("nodes.md"), f"{node.type}.{setting}"


@pytest.mark.parametrize("code", sorted(LEVELS))
def test_every_problem_of_a_flow_is_told(code: str):
    row = f"| `{code}` | {LEVELS[code]} | {SENTENCES[code]['sentence']} | {SENTENCES[code]['fix']} |"
    assert row in page("errors.md"), f"put this row into docs/errors.md:\n{row}"


def test_no_problem_is_told_that_the_validator_does_not_know():
    assert set(re.findall(r"^\| `(\w+)` \| (?:error|warning) \|", page("errors.md"), re.MULTILINE)) == set(LEVELS)


def test_every_code_of_a_refused_file_is_told():
    source = (ROOT / "engine" / "flow" / "document.py").read_text()
    codes = re.search(r"`code`: ([a-z_, ]+)\.", source)
    assert codes
    for code in (*codes[1].split(", "), "newer"):
        assert f"| `{code}` |" in page("errors.md"), code


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("file", [*PAGES, ROOT / "README.md"], ids=lambda file: file.name)
def test_every_link_leads_somewhere(file: Path):
    text = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), f"{file.name}: {target}"
        assert there.is_relative_to(ROOT), f"{file.name}: {target} leads out of the project"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text()), f"{file.name}: {target}"


def test_every_page_can_be_reached_from_the_architecture_page():
    reached, to_read = {"architecture.md"}, ["architecture.md"]
    while to_read:
        links = set(re.findall(r"\]\(([\w-]+\.md)[)#]", page(to_read.pop())))
        to_read += sorted(links - reached)
        reached |= links
    assert reached == {file.name for file in PAGES}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_files_and_folders_that_a_page_names_exist(file: Path):
    for named in re.findall(
        r"`((?:engine|nodes|tests|bench|schemas|flows|examples|scripts|ui)/[\w./-]*)`", page(file.name)
    ):
        assert (ROOT / named).exists(), f"{file.name}: {named}"
