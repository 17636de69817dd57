"""Headers on every answer (安全头): nothing from elsewhere runs, nothing private is kept by browsers."""
from __future__ import annotations

from flask import Flask, Response, request

from tracker.web.page import content_hash

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "font-src 'none'", "object-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))
FIXED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)        # a file that is handed out has a stricter policy of its own
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint == "static" and response.status_code in (200, 304):
        name = (request.view_args or {}).get("filename", "")
        known = request.args.get("v") == content_hash(name)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
