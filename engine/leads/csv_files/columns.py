"""What columns of a file mean. The names that spreadsheets and CRMs give them are known in some languages. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

IGNORED: Final = "ignore"

MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": (
        "phone", "phone_number", "phonenumber", "telephone", "tel", "mobile", "mobile_phone", "cell", "cell_phone",
        "contact_number", "primary_phone", "home_phone", "work_phone", "telefon", "telefonnummer", "handy", "mobil",
        "telefono", "numero_de_telefono", "movil", "celular", "telephone_portable", "numero",
    ),
    "name": ("name", "full_name", "fullname", "contact", "contact_name", "customer", "nombre_completo", "nom_complet"),
    "first_name": ("first_name", "firstname", "first", "given_name", "fname", "vorname", "nombre", "prenom"),
    "last_name": ("last_name", "lastname", "last", "surname", "family_name", "lname", "nachname", "apellido",
                  "apellidos", "nom"),
    "email": ("email", "e_mail", "email_address", "mail", "correo", "correo_electronico", "courriel"),
    "country": ("country", "country_code", "land", "pais", "pays"),
    "zone": ("time_zone", "timezone", "tz", "zeitzone"),
    "zip": ("zip", "zip_code", "zipcode", "postal_code", "postcode", "post_code", "plz", "postleitzahl",
            "codigo_postal", "code_postal"),
    "state": ("state", "province", "region", "bundesland", "estado"),
    "city": ("city", "town", "ort", "stadt", "ciudad", "ville"),
    "id": ("id", "lead_id", "record_id", "contact_id", "external_id", "crm_id"),
    "submitted_at": ("submitted_at", "created_time", "created_at", "created", "date_created", "lead_date",
                     "submitted", "timestamp"),
    "consent": ("consent", "opt_in", "optin", "consent_given", "agreed", "tcpa_consent", "einwilligung"),
    "consent_text": ("consent_text", "tcpa_text", "disclosure", "consent_language", "einwilligungstext"),
    "consent_at": ("consent_at", "consent_date", "consent_time", "consent_timestamp", "opt_in_date", "optin_date",
                   "opt_in_time", "einwilligung_am"),
    "consent_source": ("consent_source", "consent_url", "opt_in_source", "optin_source", "source_url", "form_url",
                       "page_url", "landing_page"),
    "consent_ip": ("consent_ip", "ip", "ip_address", "opt_in_ip"),
    "certificate": ("certificate", "trustedform", "trustedform_cert_url", "xxtrustedformcerturl", "jornaya_id",
                    "jornaya", "leadid_token"),
}  # fmt: skip
"""Meanings and the names of columns that usually have them. Whatever is neither one of these nor ignored is an answer,
and its meaning is the answer's name."""

_BY_NAME: Final = {name: meaning for meaning, names in MEANINGS.items() for name in names}


def slug(name: str) -> str:
    """`Téléphone (mobile)` as `telephone_mobile`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "_".join(re.findall(r"[a-z0-9]+", plain.lower()))


def suggest(names: Sequence[str]) -> tuple[str, ...]:
    """The likely meaning of each column by its name; each meaning once. A column without a name is ignored."""
    taken: set[str] = set()
    found = []
    for name in names:
        meaning = _BY_NAME.get(slug(name), "")
        if meaning and meaning not in taken:
            taken.add(meaning)
            found.append(meaning)
        else:
            found.append(name[:120] if name else IGNORED)
    return tuple(found)


def suggest_by_content(width: int, sample: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """For a file without names: the columns in which most cells look like a number or an address."""
    found = [IGNORED] * width
    for meaning, pattern in (("email", _EMAIL), ("phone", _PHONE)):
        counts = [
            sum(bool(pattern.fullmatch(row[place])) for row in sample if place < len(row)) for place in range(width)
        ]
        best = max(range(width), key=lambda place: counts[place], default=0)
        if width and counts[best] * 2 > len(sample) and found[best] == IGNORED:
            found[best] = meaning
    return tuple(found)


_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE: Final = re.compile(r"(p:)?\+?[\d\s().-]{7,20}")
