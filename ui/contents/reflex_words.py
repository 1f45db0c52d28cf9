"""What a reflex does, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ui.contents.reading import group, text, texts
from ui.part_names import card_name
from ui.records import Json
from ui.sentences import outcome_word
from ui.texts import t


def summary(document: Mapping[str, Json], reflex: Mapping[str, Json]) -> str:
    """What it does, as one sentence."""
    do = group(reflex, "do")
    said = next(iter(texts(do, "say")), "")
    begin = t("reflexes.says", said=said) if said else t("reflexes.says_nothing")
    match text(do, "then"):
        case "go":
            end = t("reflexes.goes", card=card_name(document, do.get("go")))
        case "end":
            end = t("reflexes.ends", outcome=outcome_word(text(do, "disposition") or None))
        case _:
            end = t("reflexes.returns") if do.get("ask_again", True) else t("reflexes.returns_quietly")
    limit = reflex.get("limit")
    most = t("reflexes.at_most", count=limit) if isinstance(limit, int) and limit > 0 else ""
    return f"{begin} {end}{most}"
