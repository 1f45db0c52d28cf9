"""Google's sign-in for service accounts: a signed assertion for an access token that runs out."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EMAIL = "leadline@emulated.iam.gserviceaccount.com"


class SignIn:
    """One service account. `lifetime_s`: of the tokens it gives out. `ahead_s`: how far the server's clock is ahead."""

    def __init__(self) -> None:
        self.lifetime_s = 3600
        self.ahead_s = 0.0
        self.given: dict[str, datetime] = {}

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def key_file(self, token_uri: str, project: str) -> str:
        """The JSON key file, as the console lets you download it."""
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": project,
                "private_key_id": "k1",
                "private_key": private.decode(),
                "client_email": EMAIL,
                "client_id": "1",
                "token_uri": token_uri,
            }
        )

    def exchange(self, assertion: str) -> tuple[int, dict[str, Any]]:
        """HTTP status and body of the token endpoint."""
        try:
            claims = jwt.decode(
                assertion,
                self._key.public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.InvalidTokenError:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        now = datetime.now(UTC).timestamp() + self.ahead_s
        if not claims["iat"] - 300 <= now <= claims["exp"]:
            return 400, {
                "error": "invalid_grant",
                "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            }
        if claims["iss"] != EMAIL:
            return 400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}
        return 200, self.fresh()

    def fresh(self) -> dict[str, Any]:
        """A new access token, as the token endpoint tells it."""
        token = f"ya29.{secrets.token_urlsafe(16)}"
        self.given[token] = datetime.now(UTC) + timedelta(seconds=self.lifetime_s)
        return {"access_token": token, "expires_in": self.lifetime_s, "token_type": "Bearer"}

    def holds(self, token: str) -> str:
        """`ok`, `expired` or `unknown`."""
        until = self.given.get(token)
        if until is None:
            return "unknown"
        return "ok" if datetime.now(UTC) < until else "expired"
