"""The description of the API: valid, complete, and true, so that clients can be generated from it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from engine.api.app import create_app
from engine.settings import Settings
from tests.support.api import leadline

FLOW = "home_services_v1"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return create_app(Settings(data_dir=Path(folder))).openapi()


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, ways in description["paths"].items():
        for method, operation in ways.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_valid_openapi(description: dict[str, Any]) -> None:
    validate(description)


def test_every_operation_has_a_name_of_its_own_that_reads_well_in_a_client(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(description)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", name)] == []


def test_every_error_that_is_told_is_a_problem_document(description: dict[str, Any]) -> None:
    parts = description["components"]["schemas"]
    for where, operation in operations(description):
        assert "default" in operation["responses"], where
        if operation.get("security"):
            assert {"401", "403"} <= operation["responses"].keys(), where
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                ((media, content),) = response["content"].items()
                part = parts[content["schema"]["$ref"].rsplit("/", 1)[-1]]
                if where == "GET /ready" and status == "503":
                    continue  # tells the same as when all is well: what is ready and what is not
                assert media == "application/problem+json", (where, status)
                assert {"title", "status", "detail", "code"} <= part["properties"].keys(), (where, status)


def test_every_operation_that_takes_a_thing_by_its_id_tells_what_happens_if_it_is_not_there(
    description: dict[str, Any],
) -> None:
    silent = [
        where
        for where, operation in operations(description)
        if where.startswith("GET") and "{" in where and operation.get("security")
        and "404" not in operation["responses"]
    ]  # fmt: skip
    assert silent == []


def test_every_part_and_operation_is_described(description: dict[str, Any]) -> None:
    parts = description["components"]["schemas"]
    assert [name for name, part in parts.items() if part.get("type") == "object" and not part.get("description")] == []
    assert [where for where, operation in operations(description) if not operation.get("description")] == []


def test_requests_that_integrators_write_by_hand_have_examples_that_fit(description: dict[str, Any]) -> None:
    parts = description["components"]["schemas"]
    for name in ("EditsIn", "PublishIn", "RestoreIn", "NewFlow", "TicketIn", "DraftIn"):
        (example,) = parts[name]["examples"]
        schema = {**parts[name], "components": description["components"]}
        assert list(Draft202012Validator(schema).iter_errors(example)) == [], name


async def test_what_the_engine_answers_is_what_the_description_says(
    tmp_path: Path, description: dict[str, Any]
) -> None:
    edit = {"do": "put", "path": ["nodes", "book", "name"], "value": "Book it", "was": "nothing like it"}
    edits = {"base_revision": 1, "client": "w", "edits": [{"id": "e", "steps": [edit]}]}
    asked: list[tuple[str, str, str, Any]] = [
        ("GET", "/templates", "/templates", None),
        ("GET", "/flows", "/flows", None),
        ("GET", f"/flows/{FLOW}", "/flows/{flow_id}", None),
        ("GET", f"/flows/{FLOW}/draft", "/flows/{flow_id}/draft", None),
        ("GET", "/flows/nobody/draft", "/flows/{flow_id}/draft", None),
        ("GET", f"/flows/{FLOW}/edits?since=1", "/flows/{flow_id}/edits", None),
        ("GET", f"/flows/{FLOW}/edits?since=0", "/flows/{flow_id}/edits", None),
        ("GET", f"/flows/{FLOW}/edits?since=x", "/flows/{flow_id}/edits", None),
        ("POST", f"/flows/{FLOW}/edits", "/flows/{flow_id}/edits", edits),
        ("GET", f"/flows/{FLOW}/unpublished", "/flows/{flow_id}/unpublished", None),
        ("GET", f"/flows/{FLOW}/compare?from=1&to=draft", "/flows/{flow_id}/compare", None),
        ("POST", f"/flows/{FLOW}/publish", "/flows/{flow_id}/publish", {"revision": 99}),
        ("POST", f"/flows/{FLOW}/publish", "/flows/{flow_id}/publish", {"revision": 1}),
        ("POST", "/flows/import", "/flows/import", {"text": "{"}),
        ("POST", "/flows", "/flows", {"template": "blank", "name": "New"}),
        ("POST", "/editor/tickets", "/editor/tickets", {"flow_id": FLOW}),
        ("GET", "/nodes", "/nodes", None),
    ]
    async with leadline(tmp_path) as house:
        for method, address, path, body in asked:
            answer = await house.client.request(method, address, json=body)
            told = description["paths"][path][method.lower()]["responses"][str(answer.status_code)]
            media = answer.headers["content-type"].split(";")[0]
            schema = {**told["content"][media]["schema"], "components": description["components"]}
            problems = [f"{each.json_path}: {each.message}"[:200] for each in
                        Draft202012Validator(schema).iter_errors(answer.json())]  # fmt: skip
            assert problems == [], (method, address, answer.status_code)
