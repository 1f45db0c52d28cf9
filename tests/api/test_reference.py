"""The description of the API as a page for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.api import reference
from engine.api.app import create_app
from engine.settings import Settings
from tests.support.api import leadline


@pytest.fixture
def described(tmp_path: Path) -> dict[str, object]:
    return create_app(Settings(data_dir=tmp_path)).openapi()


async def test_the_page_of_the_api_asks_no_foreign_server(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        answer = await house.client.get("/docs")
        assert answer.status_code == 200
        assert not re.findall(r"<(?:script|link|img|iframe)\b|(?:src|href)=\"(?!#|/)|url\(|@import", answer.text)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert (await house.client.get("/redoc")).status_code == 404


def test_every_request_and_every_shape_stands_on_the_page(described: dict[str, dict]) -> None:
    page = reference.page(described)
    for path, ways in described["paths"].items():
        for method, operation in ways.items():
            assert f'id="{operation["operationId"]}"' in page, (method, path)
    assert set(re.findall(r'href="#(shape-[^"]+)"', page)) <= set(re.findall(r'id="(shape-[^"]+)"', page))
    assert set(re.findall(r'id="shape-([^"]+)"', page)) == set(described["components"]["schemas"])


def test_words_of_the_description_cannot_become_parts_of_the_page() -> None:
    shape = {"description": "<script>alert(1)</script>", "examples": ["<b>"], "properties": {"<i>": {"enum": ["<u>"]}}}
    page = reference.page(
        {"info": dict.fromkeys(("title", "summary", "description"), "<s>"), "tags": [], "paths": {},
         "components": {"schemas": {"Odd": shape}}}
    )  # fmt: skip
    assert not re.search(r"<(script>|b>alert|i>|u>|s>)", page)
