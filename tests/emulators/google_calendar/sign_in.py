"""Google's token endpoint: signed assertions of service accounts, with delegation, and refresh tokens of people."""

from __future__ import annotations

from typing import Any

import jwt

from tests.emulators.gemini.tokens import EMAIL, SignIn

AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/"
Json = dict[str, Any]


class CalendarSignIn(SignIn):
    """`delegated`: people whom the service account may act for, with the scopes it was given for them. `refresh`:
    refresh tokens and the person of each; one client may use them. `whose`: person and scopes of each access token."""

    client = ("client-1.apps.googleusercontent.com", "GOCSPX-client-secret")

    def __init__(self) -> None:
        super().__init__()
        self.delegated: dict[str, set[str]] = {}
        self.refresh: dict[str, str] = {}
        self.whose: dict[str, tuple[str, frozenset[str]]] = {}

    def grant(self, form: dict[str, str]) -> tuple[int, Json]:
        """HTTP status and body."""
        match form.get("grant_type"):
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return self._service_account(form.get("assertion", ""))
            case "refresh_token":
                return self._person(form)
            case _:
                return 400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}

    def _service_account(self, assertion: str) -> tuple[int, Json]:
        try:
            head, claims = (
                jwt.get_unverified_header(assertion),
                jwt.decode(assertion, options={"verify_signature": False}),
            )
        except jwt.InvalidTokenError:
            return 400, {"error": "invalid_grant", "error_description": "Bad Request"}
        if claims.get("aud") != AUDIENCE or head.get("kid") != "k1":
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT: Failed audience check."}
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            return 400, {"error": "invalid_scope", "error_description": "Missing required scope."}
        subject = claims.get("sub", "")
        if subject and subject not in self.delegated:
            return 400, {"error": "invalid_grant", "error_description": "Invalid email or User ID"}
        if subject and not scopes <= self.delegated[subject]:
            return 401, {
                "error": "unauthorized_client",
                "error_description": "Client is unauthorized to retrieve access tokens using this method, or client "
                "not authorized for any of the scopes requested.",
            }
        return self._given(*self.exchange(assertion), subject or EMAIL, scopes)

    def _person(self, form: dict[str, str]) -> tuple[int, Json]:
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        who = self.refresh.get(form.get("refresh_token", ""))
        if who is None:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        return self._given(200, self.fresh(), who, frozenset({f"{SCOPE}calendar"}))

    def _given(self, status: int, body: Json, who: str, scopes: frozenset[str]) -> tuple[int, Json]:
        if status == 200:
            self.whose[body["access_token"]] = who, scopes
        return status, body
