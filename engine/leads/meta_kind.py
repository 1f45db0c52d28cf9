"""Meta as a kind of connection: what is entered, how one gets it, and whether it works."""

from __future__ import annotations

from typing import Final

from engine.leads.graph import Graph, open_client
from engine.leads.graph_errors import GraphTrouble
from engine.leads.meta_account import FIELDS, KIND, STEPS, AccountUnusable, MetaAccount, check
from engine.sdk import Connection, ConnectionKind, Permanent, Transient


async def _visit(connection: Connection) -> str:
    """Reads the page's name and its subscriptions; changes nothing."""
    try:
        account = MetaAccount.of(connection)
    except AccountUnusable as problem:
        raise Permanent(str(problem)) from None
    async with open_client() as client:
        graph = Graph(client)
        try:
            name = await graph.page_name(account)
            subscribed = await graph.is_subscribed(account)
        except GraphTrouble as trouble:
            raise in_words(trouble) from None
    told = (
        "It tells an app of its leads."
        if subscribed
        else "No app hears of its leads yet: press “Subscribe the page” at the lead source."
    )
    return (
        f"Meta knows the token: it is for the page “{name}”. {told} Whether the app secret is right shows with the "
        "first lead; send one with Meta's Lead Ads Testing Tool."
    )


def in_words(trouble: GraphTrouble) -> Permanent | Transient:
    """For who presses a button and waits for the answer."""
    match trouble.kind:
        case "token":
            return Permanent("Meta refuses the page token. Make a new one and enter it here.")
        case "rights":
            return Permanent("The token may not do this: it lacks `pages_manage_metadata` or `leads_retrieval`.")
        case "rate":
            return Transient("Meta takes no more requests for this page at the moment. Try again in some minutes.")
        case "transient":
            return Transient("Meta does not answer, or has a problem of its own. Try again in some minutes.")
        case "other" if not trouble.code:
            return Permanent("The token is for another page or for a person. Enter the page's own token, or its id.")
        case _:
            return Permanent(f"Meta refuses the question (error {trouble.code}). Look at the page id and the version.")


META: Final = ConnectionKind(
    KIND, "Meta Lead Ads", "brings leads from forms on Facebook and Instagram", FIELDS, test=_visit, check=check,
    steps=STEPS,
)  # fmt: skip
