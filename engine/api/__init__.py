"""The web server: lead forms, the carrier's webhooks and media, and everything the builder and integrators ask for.

One module a resource. This process carries live audio: it never imports Prefect.
"""

from engine.api.app import create_app

__all__ = ["create_app"]
