"""The records of one account, with HubSpot's rules about values that may stand only once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import phonenumbers

from tests.emulators.hubspot import rules
from tests.emulators.hubspot.rules import Refusal

KINDS = ("contacts", "calls", "notes", "meetings")
TIME = "2026-11-22T14:00:00.000Z"


@dataclass
class Stored:
    """`contacts`: of a call, note or meeting, the contacts it is tied to. `written`: when, by the emulator's clock."""

    id: str
    properties: dict[str, str]
    contacts: list[str] = field(default_factory=list)
    written: float = 0.0

    def view(self, properties: list[str]) -> dict[str, object]:
        wanted = {name: self.properties.get(name) for name in properties}
        return {
            "id": self.id,
            "properties": {**wanted, "hs_object_id": self.id},
            "createdAt": TIME,
            "updatedAt": TIME,
            "archived": False,
        }


class Store:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.records: dict[str, dict[str, Stored]] = {kind: {} for kind in KINDS}
        self.custom: dict[str, dict[str, dict[str, object]]] = {kind: {} for kind in KINDS}
        self.groups: dict[str, set[str]] = {kind: {f"{kind[:-1]}information"} for kind in KINDS}
        self.locked: set[str] = set()
        self._next = 511

    def unique(self, kind: str) -> set[str]:
        own = {name for name, told in self.custom[kind].items() if told.get("hasUniqueValue")}
        return own | ({"email"} if kind == "contacts" else set())

    def by(self, kind: str, property: str, value: str) -> Stored | None:
        """Raises `Refusal` for a property by which nothing can be found."""
        if property == "hs_object_id":
            return self.records[kind].get(value)
        if property not in self.unique(kind):
            raise Refusal(400, message=f'Property "{property}" does not exist or does not hold single values.')
        return self._holder(kind, property, value)

    def _holder(self, kind: str, property: str, value: str) -> Stored | None:
        folded = value.lower() if property == "email" else value
        return next((each for each in self.records[kind].values() if each.properties.get(property) == folded), None)

    def check(self, kind: str, properties: Mapping[str, object]) -> dict[str, str]:
        checked: dict[str, str] = {}
        for name, value in properties.items():
            if name not in rules.STANDARD[kind] and name not in self.custom[kind]:
                code = "PROPERTY_DOESNT_EXIST"
                raise Refusal(
                    400,
                    message=f'Property values were not valid: [{{"message":"Property \\"{name}\\" does not exist",'
                    f'"error":"{code}","name":"{name}"}}]',
                    errors=[{"message": "does not exist", "code": code, "context": {"propertyName": [name]}}],
                )
            rules.check_value(kind, name, value)
            checked[name] = str(value).lower() if name == "email" else str(value)
        return checked

    def write(
        self, kind: str, properties: Mapping[str, object], id: str = "", contacts: list[str] | None = None
    ) -> Stored:
        """Make a record, or change the one with this id."""
        checked = self.check(kind, properties)
        for name in self.unique(kind) & checked.keys():
            holder = self._holder(kind, name, checked[name]) if checked[name] else None
            if holder is not None and holder.id != id:
                taken = rules.contact_exists(holder.id) if name == "email" else None
                raise taken or rules.value_taken(name, checked[name], holder.id)
        if id in self.locked:
            raise Refusal(423, "LOCKED", "The resource is locked.")
        if not id:
            if kind != "contacts" and not checked.get("hs_timestamp"):
                raise rules.wrong_values(kind, "hs_timestamp", "REQUIRED_PROPERTY_MISSING", "")
            self._next += 1
            id = str(self._next)
            self.records[kind][id] = Stored(id, {}, contacts or [])
        record = self.records[kind][id]
        record.properties |= checked
        record.written = self.clock()
        for source, name in (("phone", "phone"), ("mobilephone", "mobile")):
            record.properties |= _calculated(record.properties.get(source, ""), name)
        return record

    def search(self, kind: str, groups: list[dict[str, object]], lag_s: float) -> list[Stored]:
        """Of what was written `lag_s` ago or earlier."""
        seen = [each for each in self.records[kind].values() if each.written <= self.clock() - lag_s]
        return [each for each in seen if any(self._fits(kind, each, group) for group in groups)]

    def _fits(self, kind: str, record: Stored, group: dict[str, object]) -> bool:
        filters = group.get("filters")
        assert isinstance(filters, list)
        for each in filters:
            name = each["propertyName"]
            if name not in rules.STANDARD[kind] and name not in self.custom[kind]:
                raise Refusal(400, message=f"There was a problem with the request: unknown property {name}")
            if each["operator"] != "EQ" or record.properties.get(name) != each["value"]:
                return False
        return True


def _calculated(typed: str, name: str) -> dict[str, str]:
    """HubSpot keeps numbers for its search without country code."""
    try:
        number = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return {}
    return {f"hs_searchable_calculated_{name}_number": str(number.national_number)}
