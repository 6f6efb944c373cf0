"""What the identity provider of the tests says of its people; `conduite.json` in its folder makes it lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


def _told() -> dict[str, Any]:
    path = Path(os.environ["OIDC_FOLDER"]) / "conduite.json"
    told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return told


class Validator(OAuth2Validator):  # type: ignore[misc]
    """Adds the claims of the person; overwrites in the ID token what the tests want to be false."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return {
            "sub": f"sujet-{request.user.username}",
            "email": request.user.email,
            "email_verified": True,
            "roles": [group.name for group in request.user.groups.all()],
        }

    def get_id_token_dictionary(self, token: Any, token_handler: Any, request: Any) -> Any:
        claims, expires = super().get_id_token_dictionary(token, token_handler, request)
        return {**claims, **_told().get("claims", {})}, expires
