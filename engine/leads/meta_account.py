"""The account at Meta as a person enters it: the app that signs, and the page whose leads are fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from engine.sdk import Connection, ConnectionField

KIND: Final = "meta"
GRAPH: Final = "https://graph.facebook.com"
VERSION: Final = "v26.0"
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class AccountUnusable(ValueError):
    """A connection that cannot be used, in words for people and without any secret."""


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """`app_secrets`: the one that signs now, and the one before it while it is being changed. `graph`: address and
    version, without a slash at the end."""

    name: str
    page_id: str
    graph: str
    app_secrets: tuple[str, ...] = field(repr=False)
    verify_token: str = field(repr=False)
    page_token: str = field(repr=False)

    @classmethod
    def of(cls, connection: Connection) -> MetaAccount:
        """Raises `AccountUnusable`."""
        if wrong := check(connection):
            raise AccountUnusable(" ".join(wrong))
        given = _given(connection)
        secrets = tuple(given[name] for name in ("app_secret", "app_secret_before") if given.get(name))
        graph = f"{given.get('endpoint', '').rstrip('/') or GRAPH}/{given.get('version') or VERSION}"
        return cls(connection.name, given["page_id"], graph, secrets, given["verify_token"], given["page_token"])


def check(connection: Connection) -> Sequence[str]:
    """What is wrong with a connection, a sentence each."""
    if connection.kind != KIND:
        return (f"The connection '{connection.name}' is of the kind '{connection.kind}'; it takes one of 'meta'.",)
    given = _given(connection)
    wrong = []
    if not re.fullmatch(r"[0-9]{1,40}", given.get("page_id", "")):
        wrong.append("The page id is a number, such as 1122334455.")
    if not re.fullmatch(r"v\d{1,3}\.\d", given.get("version") or VERSION):
        wrong.append(f"The version of the Graph API looks like {VERSION}.")
    endpoint = given.get("endpoint", "").rstrip("/")
    if endpoint and not _an_emulator(endpoint):
        wrong.append("The emulator must be on this machine, such as http://127.0.0.1:9005. Leave it out for Meta.")
    for name, label in (("app_secret", "app secret"), ("verify_token", "verify token"), ("page_token", "page token")):
        value = given.get(name, "")
        if not value or not value.isascii() or any(each.isspace() for each in value):
            wrong.append(f"The {label} is missing or holds spaces. Copy it once more.")
    return tuple(wrong)


def _given(connection: Connection) -> dict[str, str]:
    return {name: str(value).strip() for name, value in connection.settings.items()}


def _an_emulator(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and parts.hostname in _HERE and not parts.path and not parts.query


FIELDS: Final = (
    ConnectionField(
        "page_id", "Page id", "number of the Facebook page whose forms are filled in", required=True,
        example="1122334455",
    ),
    ConnectionField(
        "page_token",
        "Page token",
        "access token of that page, one that does not run out (of a system user, or a long-lived one)",
        required=True,
        secret=True,
    ),
    ConnectionField(
        "app_secret",
        "App secret",
        "of your app at Meta (App settings, Basic): it proves that leads come from Meta",
        required=True,
        secret=True,
    ),
    ConnectionField(
        "verify_token",
        "Verify token",
        "any words of your own without spaces; enter the same at Meta, where the webhook is set up",
        required=True,
        secret=True,
    ),
    ConnectionField(
        "app_secret_before",
        "App secret before",
        "while you change the app secret: the one before, so that no lead is refused meanwhile",
        secret=True,
        advanced=True,
    ),
    ConnectionField(
        "version",
        "Version",
        f"of Meta's Graph API; without it {VERSION}",
        example=VERSION,
        advanced=True,
    ),
    ConnectionField(
        "endpoint", "Emulator", "address of an emulator on this machine, such as http://127.0.0.1:9005", advanced=True
    ),
)  # fmt: skip

STEPS: Final = (
    "At `developers.facebook.com`, make an app of the type “Business” and add the product “Webhooks”. Copy the app "
    "secret from “App settings”, “Basic”.",
    "In the Business settings, make a system user, give it the page with “Manage Page” and “Leads”, and generate a "
    "token with `leads_retrieval`, `pages_manage_metadata`, `pages_show_list`, `pages_read_engagement` and, for the "
    "names of advertisements, `ads_management`. With it, read the page's own token: that is the page token.",
    "The page id stands on the page under “About”, “Page transparency”.",
    "Save this connection and make a lead source of the kind Meta with it. Its address and the verify token go into "
    "“Webhooks”, object “Page”, field “leadgen” of your app.",
    "Then press “Subscribe the page” at the lead source, and send a lead with Meta's Lead Ads Testing Tool: it shows "
    "up as a test, and nobody is called.",
    "If your business uses Leads Access Manager: give the app access to the leads there.",
)
