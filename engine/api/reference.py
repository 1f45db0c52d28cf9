"""The description of the API as a page for people, at /docs.

Made here from the description itself. The usual viewers are fetched from servers elsewhere, which would tell them who
works with Leadline, and show nothing on a machine without the internet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

# Nothing runs on the page and nothing is fetched for it.
_NOTHING_FOREIGN: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

_STYLE: Final = """
:root { color-scheme: light dark; --line: light-dark(#dde3e2, #2b3533); --soft: light-dark(#f3f5f5, #172120);
  --dim: light-dark(#55615f, #9fb0ad); --accent: light-dark(#0d766d, #35b8aa); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem;
  background: light-dark(#fff, #0f1716); color: light-dark(#16201f, #e6eceb); }
a { color: var(--accent); } p { white-space: pre-line; max-width: 46rem; } .dim { color: var(--dim); }
nav { columns: 12rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: .6rem; margin: .5rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { color: var(--accent); display: inline-block; min-width: 4.2rem; }
code, pre { font: 13.5px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { font-weight: 600; }
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The page. It is made anew each time: it is asked for rarely."""
    return HTMLResponse(page(request.app.openapi()), headers=_NOTHING_FOREIGN)


def page(description: dict[str, Any]) -> str:
    """An HTML document of everything in an OpenAPI description: requests by tag, then the shapes they speak of."""
    info = description["info"]
    groups: dict[str, list[str]] = {}
    for path, method, operation in _operations(description):
        groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    about = {tag["name"]: tag["description"] for tag in description["tags"]}
    links = [*(f'<a href="#{_anchor(tag)}">{escape(tag)}</a>' for tag in groups), '<a href="#shapes">shapes</a>']
    parts = [
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['summary'])} {escape(info['description'])}</p>",
        '<p class="dim">Programs read the same at <a href="/openapi.json">/openapi.json</a>.</p>',
        f"<nav>{'<br>'.join(links)}</nav>",
    ]
    for tag, operations in groups.items():
        parts.append(f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2><p class="dim">{escape(about.get(tag, ""))}</p>')
        parts += operations
    parts.append('<h2 id="shapes">shapes</h2>')
    parts += [_shape(name, schema) for name, schema in sorted(description["components"]["schemas"].items())]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])} API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, ways in description["paths"].items():
        for method, operation in ways.items():
            yield path, method.upper(), operation


def _anchor(name: str) -> str:
    return "tag-" + name.replace(" ", "-")


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        (f"<code>{escape(each['name'])}</code> <span class=dim>{escape(each['in'])}</span>",
         _type(each["schema"]), escape(each.get("description", "")))
        for each in operation.get("parameters", [])
    ]  # fmt: skip
    body = operation.get("requestBody")
    if body is not None:
        rows.append(("body", _content(body), ""))
    for status, answer in operation["responses"].items():
        meaning = "any other" if status == "default" else status
        rows.append((f"answer {escape(meaning)}", _content(answer), escape(answer.get("description", ""))))
    return (
        f'<details id="{escape(operation["operationId"])}">'
        f"<summary><b>{method}</b> <code>{escape(path)}</code></summary>"
        f"<p>{escape(operation.get('description', ''))}</p>{_table(rows)}</details>"
    )


def _content(message: dict[str, Any]) -> str:
    found = message.get("content", {})
    return "<br>".join(
        f"{_type(each.get('schema', {}))} <span class=dim>{escape(media)}</span>" for media, each in found.items()
    )


def _shape(name: str, schema: dict[str, Any]) -> str:
    needed = schema.get("required", [])
    rows = [
        (f"<code>{escape(field)}</code>{'' if field in needed else ' <span class=dim>optional</span>'}",
         _type(each), escape(each.get("description", "")))
        for field, each in schema.get("properties", {}).items()
    ]  # fmt: skip
    examples = [
        f"<pre>{escape(json.dumps(each, indent=2, ensure_ascii=False))}</pre>" for each in schema.get("examples", [])
    ]
    what = _table(rows) if rows else f"<p>{_type({k: v for k, v in schema.items() if k != 'description'})}</p>"
    # The target of links lies inside: browsers open the `details` around it, but not the `details` that it is.
    return (
        f"<details><summary><code>{escape(name)}</code></summary>"
        f'<p id="shape-{escape(name)}">{escape(schema.get("description", ""))}</p>{what}{"".join(examples)}</details>'
    )


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = "".join(f"<tr><th>{name}</th><td>{type_}</td><td>{text}</td></tr>" for name, type_, text in rows)
    return f"<table>{lines}</table>" if rows else ""


def _type(schema: dict[str, Any]) -> str:
    """In a few words, such as `list of EditIn`, with links to the shapes."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#shape-{name}">{name}</a>'
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(_type(each) for each in schema[several])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(str(schema.get("type", "anything")))
