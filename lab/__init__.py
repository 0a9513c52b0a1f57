"""The lab: Asterisk, Redis and the service on one machine, started and stopped together.

``bootstrap`` and what it imports (``steps``, ``aptroot``) run before there is a virtual environment
and stand on the standard library alone.
"""
