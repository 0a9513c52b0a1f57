"""``/healthz``: whether the service can place a collect call right now, part by part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

CHECK_LIMIT_S = 1.0
"""How long a part may take: one that hangs is named, and does not hang the page."""

Check = Callable[[], Awaitable[str]]
"""Returns "ok", or what is wrong."""


def application(home: Path, checks: Mapping[str, Check]) -> web.Application:
    """The web application; 200 when every check is "ok", else 503 with the same body.

    It names its deployment's folder, as another one may have the port.
    """

    folder = str(home.resolve())

    async def healthz(_request: web.Request) -> web.Response:
        states = dict(zip(checks, await asyncio.gather(*map(_state, checks.values())), strict=True))
        healthy = all(state == "ok" for state in states.values())
        body = {"status": "ok" if healthy else "degraded", "home": folder, **states}
        return web.json_response(body, status=200 if healthy else 503)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    return app


async def _state(check: Check) -> str:
    try:
        return await asyncio.wait_for(check(), CHECK_LIMIT_S)
    except TimeoutError:
        return f"no answer in {CHECK_LIMIT_S:g} s"
