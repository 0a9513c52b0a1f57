"""``/healthz``: whether the service can place a collect call right now, part by part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

Check = Callable[[], Awaitable[str]]
"""Returns "ok", or what is wrong."""


def application(home: Path, checks: Mapping[str, Check]) -> web.Application:
    """The web application; 200 when every check is "ok", else 503 with the same body.

    It names its deployment's folder, as another one may have the port.
    """
    folder = str(home.resolve())

    async def healthz(_request: web.Request) -> web.Response:
        states = {name: await check() for name, check in checks.items()}
        healthy = all(state == "ok" for state in states.values())
        body = {"status": "ok" if healthy else "degraded", "home": folder, **states}
        return web.json_response(body, status=200 if healthy else 503)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    return app
