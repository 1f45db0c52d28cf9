"""What form builders and connectors post, in the shapes of their own pages; a person in each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

Payload = dict[str, object] | list[object]


@dataclass(frozen=True)
class Example:
    """`body` as `content_type`. What is in it of the person: `phone` as dialled, `name`, `email`, `id`, `answers`."""

    service: str
    payload: Payload
    phone: str
    name: str
    email: str
    id: str
    answers: dict[str, str]
    consent: bool = True
    form: bool = False

    @property
    def content_type(self) -> str:
        return "application/x-www-form-urlencoded" if self.form else "application/json"

    @property
    def body(self) -> bytes:
        return urlencode(self.payload).encode() if self.form else json.dumps(self.payload).encode()  # type: ignore[arg-type]


PERSON = {"phone": "+14155552671", "name": "Zoë Miller", "email": "zoe@example.org"}

EXAMPLES = (
    Example(
        "Zapier, flat",
        {
            "Full Name": "Zoë Miller", "Phone Number": "(415) 555-2671", "Email Address": "zoe@example.org",
            "What service do you need?": "Roof", "Zip Code": "94107", "I agree to be called": "Yes",
            "Lead ID": "9007199254740993",
        },
        **PERSON, id="9007199254740993", answers={"what_service_do_you_need": "Roof", "zip": "94107"},
    ),
    Example(
        "Make, from a spreadsheet",
        {"First name": "Zoë", "Last name": "Miller", "Mobile": 4155552671.0, "E-mail": "zoe@example.org",
         "Consent": True, "Budget": 5000, "id": 17},
        **PERSON, id="17", answers={"budget": "5000"},
    ),
    Example(
        "Typeform",
        {
            "event_id": "01HEVENT", "event_type": "form_response",
            "form_response": {
                "form_id": "lT4Z3j", "token": "a3a12ec67a1365927098a606107fac15",
                "submitted_at": "2026-11-22T14:06:30Z", "landed_at": "2026-11-22T14:05:00Z",
                "definition": {"id": "lT4Z3j", "title": "Quote", "fields": [
                    {"id": "DlXFaesGBpoF", "title": "Your name", "type": "short_text", "ref": "name"},
                    {"id": "SMEUb7VJz92Q", "title": "Your email", "type": "email", "ref": "email"},
                ]},
                "answers": [
                    {"type": "text", "text": "Zoë Miller",
                     "field": {"id": "DlXFaesGBpoF", "type": "short_text", "ref": "name"}},
                    {"type": "email", "email": "zoe@example.org",
                     "field": {"id": "SMEUb7VJz92Q", "type": "email", "ref": "b7c1"}},
                    {"type": "phone_number", "phone_number": "+14155552671",
                     "field": {"id": "x1", "type": "phone_number", "ref": "01-aa"}},
                    {"type": "choice", "choice": {"id": "c", "label": "Roof", "ref": "r"},
                     "field": {"id": "x2", "type": "multiple_choice", "ref": "service"}},
                    {"type": "boolean", "boolean": True, "field": {"id": "x3", "type": "legal", "ref": "consent"}},
                ],
            },
        },
        **PERSON, id="a3a12ec67a1365927098a606107fac15", answers={"service": "Roof"},
    ),
    Example(
        "Tally",
        {
            "eventId": "a4cb511e-d513-4fa5-baee-b815d718dfd1", "eventType": "FORM_RESPONSE",
            "createdAt": "2026-11-22T14:06:30.000Z",
            "data": {
                "responseId": "2wgx4n", "submissionId": "2wgx4n", "respondentId": "dwQKYm", "formId": "VwbNEw",
                "formName": "Quote", "createdAt": "2026-11-22T14:06:30.000Z",
                "fields": [
                    {"key": "q_1", "label": "What is your name?", "type": "INPUT_TEXT", "value": "Zoë Miller"},
                    {"key": "q_2", "label": "What is your phone number?", "type": "INPUT_PHONE_NUMBER",
                     "value": "+14155552671"},
                    {"key": "q_3", "label": "Email", "type": "INPUT_EMAIL", "value": "zoe@example.org"},
                    {"key": "q_4", "label": "Which service [now]?", "type": "INPUT_TEXT", "value": "Roof"},
                    {"key": "q_5", "label": "I agree to be called", "type": "CHECKBOXES", "value": True},
                    {"key": "q_6", "label": None, "type": "HIDDEN_FIELDS", "value": "x"},
                ],
            },
        },
        **PERSON, id="2wgx4n", answers={"which_service_now": "Roof", "q_6": "x"},
    ),
    Example(
        "Jotform, JSON in a form field",
        {
            "formID": "203", "submissionID": "5012345678901234567", "webhookURL": "https://x.example/in",
            "rawRequest": json.dumps({
                "q3_name": {"first": "Zoë", "last": "Miller"}, "q4_phone": {"full": "(415) 555-2671"},
                "q5_email": "zoe@example.org", "q6_consent": "Yes", "q7_service": "Roof",
            }),
        },
        **PERSON, id="5012345678901234567", answers={"q7_service": "Roof"}, form=True,
    ),
    Example(
        "Elementor, bracketed form fields",
        {
            "form[id]": "quote", "form[name]": "Quote",
            "fields[name][id]": "name", "fields[name][value]": "Zoë Miller",
            "fields[phone][id]": "phone", "fields[phone][value]": "415-555-2671",
            "fields[email][id]": "email", "fields[email][value]": "zoe@example.org",
            "fields[service][id]": "service", "fields[service][value]": "Roof",
            "fields[acceptance][id]": "acceptance", "fields[acceptance][value]": "on",
            "meta[page_url][value]": "https://example.com/quote",
        },
        **PERSON, id="", answers={"service": "Roof"}, form=True,
    ),
    Example(
        "Gravity Forms, numbered fields",
        {"id": "57", "form_id": "3", "1.3": "Zoë", "1.6": "Miller", "2": "+1 415 555 2671", "3": "zoe@example.org",
         "4.1": "I agree to be called by Harborline.", "ip": "203.0.113.7", "source_url": "https://example.com/quote"},
        phone="+14155552671", name="", email="zoe@example.org", id="57", answers={"1_3": "Zoë", "1_6": "Miller"},
    ),
    Example(
        "Webflow",
        {"triggerType": "form_submission", "payload": {
            "name": "Contact", "siteId": "65427cf4", "submittedAt": "2026-11-22T14:06:30Z", "id": "6321ca84",
            "data": {"Name": "Zoë Miller", "Phone": "(415) 555-2671", "Email": "zoe@example.org", "Opt in": "true",
                     "Project": "Roof"}}},
        **PERSON, id="", answers={"project": "Roof"},
    ),
    Example(
        "HubSpot workflow",
        {"objectId": 51, "properties": {
            "firstname": {"value": "Zoë"}, "lastname": {"value": "Miller"}, "phone": {"value": "+14155552671"},
            "email": {"value": "zoe@example.org"}, "sms_consent": {"value": "true"}}},
        **PERSON, id="", answers={"sms_consent": "true"}, consent=False,
    ),
    Example(
        "Several leads at once",
        {"leads": [{"lead_id": "1", "name": "Zoë Miller", "phone": "+14155552671", "email": "zoe@example.org",
                    "consent": "yes"},
                   {"lead_id": "2", "name": "Adam Ito", "phone": "+14155552672", "consent": "yes"}]},
        **PERSON, id="1", answers={},
    ),
)  # fmt: skip

TIKTOK: Payload = {
    "object": "LEAD", "entry": [{"id": "7301", "changes": [{
        "lead_id": "7301234567890123456", "ad_id": "1780", "page_id": "7299", "create_time": 1795356390,
        "field_data": [{"name": "full_name", "values": ["Zoë Miller"]},
                       {"name": "phone_number", "values": ["+14155552671"]},
                       {"name": "email", "values": ["zoe@example.org"]},
                       {"name": "May we call you?", "values": ["Yes"]}]}]}],
}  # fmt: skip
"""In the shape that lead-webhooks.md tells of (unverified there)."""

LINKEDIN: Payload = {
    "type": "LEAD_ACTION", "leadGenFormResponse": "urn:li:leadGenFormResponse:ab-1", "leadAction": "CREATED",
    "occurredAt": 1795356390000, "leadType": "SPONSORED",
}  # fmt: skip
"""An event without any answer: LinkedIn has them fetched."""

LINKEDIN_BY_CONNECTOR: Payload = {
    "id": "ab-1", "submittedAt": 1795356390000, "formResponse": {"answers": [
        {"questionId": 1, "name": "First name", "answer": "Zoë"},
        {"questionId": 2, "name": "Last name", "answer": "Miller"},
        {"questionId": 3, "name": "Phone number", "answer": "+14155552671"},
        {"questionId": 4, "name": "I agree to be called", "answer": "Yes"}]},
}  # fmt: skip
"""What a connector makes of it once it has fetched the answers."""
