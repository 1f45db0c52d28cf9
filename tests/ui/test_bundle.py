"""What is committed under ui/static/components is what the source in ui/frontend builds."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "ui" / "frontend"
BUILT = ROOT / "ui" / "static" / "components"
BUILD: dict[str, Any] = json.loads((BUILT / "BUILD.json").read_text("utf-8"))["entries"]
CONFIG = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
AGAIN = "the source has changed since the bundle was built: run `make frontend` and commit ui/static/components"
NODE = (20, 19)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def entries() -> set[str]:
    """Folders of src that have an index file."""
    return {file.parent.name for file in (SOURCE / "src").glob("*/index.ts*")}


def sources(entry: str) -> dict[str, str]:
    """What an entry may be made of, with hashes: its folder, what is shared, and how it is built; no tests."""
    below = [file for name in (entry, "shared") for file in (SOURCE / "src" / name).rglob("*") if file.is_file()]
    files = [*(SOURCE / name for name in CONFIG), *(file for file in below if ".test." not in file.name)]
    return {str(file.relative_to(SOURCE)): sha256(file) for file in files}


def test_every_entry_is_built_and_nothing_else_lies_there():
    assert set(BUILD) == entries()
    made = {name for entry in BUILD.values() for name in entry["outputs"]}
    assert {file.name for file in BUILT.iterdir()} == made | {"BUILD.json"}


@pytest.mark.parametrize("entry", sorted(BUILD))
def test_the_committed_bundle_was_built_from_the_committed_source(entry: str):
    assert sources(entry) == BUILD[entry]["sources"], AGAIN


@pytest.mark.parametrize("entry", sorted(BUILD))
def test_no_bundle_was_edited_by_hand(entry: str):
    for name, expected in BUILD[entry]["outputs"].items():
        assert sha256(BUILT / name) == expected, f"{name} is not what was built"
    script = next(name for name in BUILD[entry]["outputs"] if name.endswith(".js"))
    assert script == f"{entry}-{BUILD[entry]['outputs'][script][:10]}.js"


def test_the_wheel_carries_the_bundles_and_no_source_of_them():
    included = {each.relative_path for each in WheelBuilder(str(ROOT)).recurse_included_files()}
    shipped = {str(file.relative_to(ROOT)) for file in BUILT.iterdir()}
    assert shipped <= included
    assert not [path for path in included if path.startswith("ui/frontend")]


def test_npm_packages_are_pinned_exactly_and_without_addresses():
    package = json.loads((SOURCE / "package.json").read_text("utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    locked = json.loads((SOURCE / "package-lock.json").read_text("utf-8"))["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert not [name for name, each in locked.items() if "resolved" in each]
    assert not [name for name, each in locked.items() if name and "integrity" not in each]


@pytest.fixture(scope="module")
def npx() -> str:
    """The way to run an npm package here. Skips where there is no fitting Node.js or nothing is installed."""
    found, node = shutil.which("npx"), shutil.which("node")
    if not found or not node:
        pytest.skip("needs Node.js with npm; the hashes above hold without it")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, told.removeprefix("v").split(".")[:2])) < NODE:
        pytest.skip(f"needs Node.js {NODE[0]}.{NODE[1]} or newer, here is {told}")
    if not (SOURCE / "node_modules" / ".package-lock.json").exists():
        pytest.skip("the tools of the front end are not installed: run `make frontend`")
    return found


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.xdist_group("front_end")
def test_the_source_builds_the_very_bytes_that_are_committed(npx: str, tmp_path: Path):
    run("node", "build.mjs", "--out", str(tmp_path))
    assert {file.name: sha256(file) for file in tmp_path.iterdir()} == {
        file.name: sha256(file) for file in BUILT.iterdir()
    }, AGAIN


@pytest.mark.xdist_group("front_end")
def test_the_types_of_the_front_end_hold(npx: str):
    run(npx, "--no-install", "tsc", "--noEmit")


@pytest.mark.xdist_group("front_end")
def test_the_front_ends_own_tests_pass(npx: str):
    run(npx, "--no-install", "vitest", "run")
