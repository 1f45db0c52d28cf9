"""docs/campaigns.md tells every code of the validator, every field of the document and every address of the API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from engine.api import campaign_states, campaigns, lead_sources
from engine.campaigns.issues import LEVELS
from engine.campaigns.model import AttemptPlan, Campaign, Hours, Keep, Limits

PAGE = (Path(__file__).parents[2] / "docs" / "campaigns.md").read_text()


def test_every_code_is_told_with_its_level_and_none_is_left_over() -> None:
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (error|warning) \|", PAGE, re.MULTILINE))
    assert told == dict(LEVELS)


@pytest.mark.parametrize("field", [*Campaign.model_fields, *(
    f".{name}" for part in (AttemptPlan, Hours, Keep, Limits) for name in part.model_fields
)])  # fmt: skip
def test_every_field_of_the_document_is_told(field: str) -> None:
    if field in ("format", "hours", "attempts", "limits", "rules", "keep"):
        return
    assert re.search(rf"`(\w*{re.escape(field)})`", PAGE), field


@pytest.mark.parametrize(
    "route",
    [each for part in (campaigns, campaign_states, lead_sources) for each in part.router.routes],
    ids=lambda route: f"{sorted(route.methods)[0]} {route.path}",
)
def test_every_address_is_told(route: APIRoute) -> None:
    path = re.sub(r"\{(?:campaign|source)_id\}", "{id}", route.path)
    last = "/" + path.rpartition("/")[2]
    assert path in PAGE or (last in PAGE and path.rpartition("/")[0] in PAGE), path
