"""The lab: Asterisk, Redis and the service on one machine, started and stopped together.

``bootstrap`` and what it imports (``steps``, ``locks``, ``tools``, ``aptroot``, ``apt``,
``aptsources``) run before there is a virtual environment and stand on the standard library alone.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs an older one is to be told so
    have = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"error: {sys.executable} is Python {have}; 3.11 or newer is needed. "
        "Install one and name it: make up PYTHON=python3.11"
    )
