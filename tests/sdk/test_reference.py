"""The pages about nodes tell the truth."""

import re
from pathlib import Path

from engine.sdk import NodeSettings, QuietContext, QuietNode
from engine.sdk import __all__ as sdk_names
from engine.sdk.reference import markdown
from engine.sdk.registry import NodeTypes, discover

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "writing-nodes.md").read_text()
EXAMPLE = ROOT / "examples" / "custom_node" / "acme_nodes"


class Odd(QuietNode[NodeSettings]):
    type = "acme.odd"
    title = "Odd"
    shelf = "oddities"

    async def run(self, ctx: QuietContext) -> str:
        return "next"


def test_docs_nodes_md_is_current():
    page = (ROOT / "docs" / "nodes.md").read_text()
    assert page == markdown(discover()), "run: python -m engine.sdk.reference > docs/nodes.md"


def test_every_setting_and_exit_of_our_types_is_in_the_reference():
    page = markdown(discover())
    for klass in discover():
        if discover().package[klass.type] != "leadline":
            continue
        entry = page.split(f"### {klass.title} (`{klass.type}`)")[1].split("### ")[0]
        for name in klass.settings_model().model_fields:
            assert f"| `{name}` |" in entry
        if klass.kind != "after_call":
            assert all(f"`{exit.name}`" in entry for exit in klass.exits)


def test_types_of_others_are_described_on_request_whatever_their_shelf():
    types = NodeTypes({"acme.odd": Odd}, {"acme.odd": "acme"})
    assert "## Oddities\n\n### Odd (`acme.odd`)" in markdown(types, None)
    assert "acme.odd" not in markdown(types)


def test_the_guides_hello_world_is_the_example_word_for_word():
    assert f"```python\n{(EXAMPLE / 'hello.py').read_text()}```" in GUIDE


def test_the_guides_settings_and_migration_are_those_of_the_example():
    source = (EXAMPLE / "business_hours.py").read_text()
    for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        if "BusinessHoursSettings" in block or "def migrate" in block or block.startswith("exits"):
            assert [line for line in block.splitlines() if line.strip() not in source] == []


async def test_the_guides_test_runs_as_it_stands():
    block = next(block for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "bench.hear" in block)
    names: dict = {}
    exec(compile(block, "docs/writing-nodes.md", "exec"), names)
    await names["test_yes_to_the_read_back_agrees_the_call"]()


def test_what_the_guide_imports_from_the_sdk_is_there():
    imported = re.findall(r"^from engine\.sdk import (.+)$", GUIDE, re.MULTILINE)
    assert {name.strip() for line in imported for name in line.split(",")} <= {*sdk_names}
