"""People who have sent a form of Lead Ads, as Meta keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FIRST_ID = 9_007_199_254_740_993  # 2^53 + 1: a float would make another lead of it
CREATED = datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)
TICKED = ({"checkbox_key": "consent", "is_checked": "1"},)


@dataclass(frozen=True)
class FormLead:
    """`answers`: names of questions to what was given. `disclaimers`: the boxes below the form; None: it has none.
    `ad_id` empty: organic."""

    id: str
    answers: Mapping[str, tuple[str, ...]]
    form_id: str = "999"
    page_id: str = "1122334455"
    ad_id: str = "888"
    created: datetime = CREATED
    disclaimers: tuple[Mapping[str, Any], ...] | None = field(default=TICKED)

    def document(self) -> dict[str, Any]:
        """All that Graph may be asked of it."""
        data: dict[str, Any] = {
            "id": self.id,
            "created_time": self.created.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "field_data": [{"name": name, "values": list(values)} for name, values in self.answers.items()],
            "form_id": self.form_id,
            "is_organic": not self.ad_id,
            "platform": "fb",
        }
        if self.ad_id:
            data |= {"ad_id": self.ad_id, "ad_name": "Roofs", "adset_id": "777", "campaign_id": "666"}
        if self.disclaimers is not None:
            data["custom_disclaimer_responses"] = [dict(each) for each in self.disclaimers]
        return data


def a_lead(number: int = 0, **changes: Any) -> FormLead:
    """Zoë, or the `number`-th of a crowd, each with a number of their own."""
    given = {
        "full_name": ("Zoë Miller",),
        "email": (f"zoe{number}@example.org",),
        "phone_number": (f"+1415555{2671 + number:04d}",),
        "what_is_your_budget?": ("5k-10k",),
    }
    answers = {**given, **changes.pop("answers", {})}
    kept = {name: (values,) if isinstance(values, str) else values for name, values in answers.items() if values}
    return FormLead(str(changes.pop("id", FIRST_ID + number)), kept, **changes)


def a_test_lead(number: int = 0) -> FormLead:
    """As Meta's Lead Ads Testing Tool sends it."""
    names = ("full_name", "email", "phone_number", "what_is_your_budget?")
    answers = {name: (f"<test lead: dummy data for {name}>",) for name in names}
    return FormLead(str(FIRST_ID + 10_000 + number), answers, ad_id="")
