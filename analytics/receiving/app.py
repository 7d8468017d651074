"""The requests that tills make: one POST for a batch, and a look whether the service lives."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from .inbox import RefusedError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from .guard import Guard
    from .inbox import Inbox


def make_app(inbox: Inbox, guard: Guard, most_bytes: int) -> Flask:
    """The service as a WSGI application.

    ``POST /v1/KIND`` with ``Authorization: Bearer TOKEN`` answers 202 when the batch is safe on the disk, 200 when it
    was before; ``GET /healthz`` answers 200 while batches can be taken, 503 otherwise.

    Args:
        inbox: Where batches go.
        guard: Who may push.
        most_bytes: Of one batch.
    """
    app = Flask("footfall.receiving", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = most_bytes

    @app.post("/v1/<kind>")
    def push(kind: str) -> ResponseReturnValue:
        verdict = guard.judge(request.headers.get("Authorization"))
        if verdict == "too many":
            return {"error": "too many wrong tokens; wait a minute"}, 429, {"Retry-After": "60"}
        if verdict == "wrong":
            return {"error": "needs Authorization: Bearer and the token"}, 401, {"WWW-Authenticate": "Bearer"}
        if request.headers.get("Origin") is not None:
            return {"error": "web pages may not push"}, 403
        if request.mimetype != "application/json" or request.headers.get("Content-Encoding") is not None:
            return {"error": "needs Content-Type: application/json and no compression"}, 415
        taken = inbox.take(kind, request.get_data(cache=False))
        return asdict(taken), 200 if taken.repeated else 202

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        ready = inbox.ready()
        return {"status": "ok" if ready else "the inbox cannot be written"}, 200 if ready else 503

    @app.errorhandler(RefusedError)
    def refuse(error: RefusedError) -> ResponseReturnValue:
        return {"error": str(error)}, error.status

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> ResponseReturnValue:
        words = f"larger than {most_bytes} bytes" if error.code == 413 else error.name.lower()
        return {"error": words}, error.code or 500

    return app
