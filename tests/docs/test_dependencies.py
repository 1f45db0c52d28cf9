"""docs/dependencies.md tells of every dependency; licences fit; pins are plain; no registry is named anywhere."""

import json
import re
import subprocess
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from engine.speech.models import MODELS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "dependencies.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EITHER_LICENCE = {
    "text-unidecode": "Artistic License or GPL: used under the former",
    "dulwich": "Apache License or GPL: used under the former",
}

SERVERS_OF_TESTS = {"radicale", "xandikos"}
"""Programs under the GPL that tests talk to over the network; no code of ours imports them."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*", requirement)
    assert found, requirement
    return plain(found.group())


def section(title: str) -> str:
    return re.split(r"^## ", PAGE.split(f"## {title}", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> dict[str, str]:
    """Package and licence of each row of a table."""
    return dict(re.findall(r"^\| `([\w.-]+)` \| ([^|]+?) \|", section(title), re.MULTILINE))


def pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.strip()]
    return {plain(name): version for name, version in (line.split("==") for line in lines)}


def licence(found: Distribution) -> str:
    meta = found.metadata
    named = meta.get("License-Expression") or (meta.get("License") or "").split("\n")[0][:80]
    classifiers = [each for each in meta.get_all("Classifier") or [] if each.startswith("License ::")]
    return " | ".join([named, *classifiers])


def direct() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    return [name_of(each) for group in (PROJECT["dependencies"], *extras) for each in group]


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Runtime", PROJECT["dependencies"]),
        ("Web pages", PROJECT["optional-dependencies"]["ui"]),
        ("Tests and checks", PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_the_page_lists_exactly_what_pyproject_asks_for(title: str, wanted: list[str]):
    assert set(rows(title)) == {name_of(each) for each in wanted}


def test_the_page_lists_exactly_what_the_front_end_asks_npm_for():
    package = json.loads((ROOT / "ui" / "frontend" / "package.json").read_text())
    told = dict(re.findall(r"^\| `([@\w./-]+)` \| ([^|]+?) \|", section("The browser's part"), re.MULTILINE))
    assert set(told) == set(package["dependencies"] | package["devDependencies"])
    assert not [name for name, licence in told.items() if "GPL" in licence]


def test_every_extra_has_its_table():
    assert set(PROJECT["optional-dependencies"]) == {"ui", "dev"}


def test_no_licence_that_binds_those_who_use_us():
    told = {name: text for title in ("Runtime", "Web pages", "Tests and checks") for name, text in rows(title).items()}
    assert set(rows("Tests and checks")) >= SERVERS_OF_TESTS
    for name in {*direct()} - SERVERS_OF_TESTS:
        assert "GPL" not in told[name], f"{name}: {told[name]}"
    for name in sorted({*pins(), *direct()} - SERVERS_OF_TESTS):
        try:
            found = licence(distribution(name))
        except PackageNotFoundError:
            continue  # of an extra that is not installed here
        assert "GPL" not in found or name in EITHER_LICENCE, f"{name}: {found}"
        assert "GNU" not in found or name in EITHER_LICENCE, f"{name}: {found}"


def test_constraints_are_plain_pins_and_cover_every_direct_dependency():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.!+]+", line), f"not a plain pin: {line!r}"
    assert not set(direct()) - set(pins())


def test_every_model_file_is_told_with_its_package():
    told = section("Model files")
    for model in MODELS:
        assert f"`{model.name}`" in told, model.name
        assert f"`{model.requirement}`" in told, model.requirement


def test_no_file_names_the_host_of_a_package_registry():
    """Whoever installs uses their own index; a host in a file would pin everybody to one."""
    hosts = ["py" + "pi.org", "files.pythonhosted" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org"]
    arguments = [part for host in hosts for part in ("-e", host)]
    found = subprocess.run(
        ["git", "grep", "-In", "-F", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode in (0, 1), found.stderr
    assert not found.stdout


def test_the_licence_is_the_apache_licence():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["license"] == "Apache-2.0"
