"""The lab: Asterisk, Redis and the service on one machine, started and stopped together.

``bootstrap`` and what it imports (``steps``, ``tools``, ``aptroot``, ``aptsources``) run before
there is a virtual environment and stand on the standard library alone.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "error: %s is Python %d.%d; 3.11 or newer is needed. "
        "Install one and name it: make up PYTHON=python3.11"
        % (sys.executable, *sys.version_info[:2])
    )
