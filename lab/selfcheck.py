"""One real collect call through the running lab, between two subscribers that no list shows."""

from __future__ import annotations

from lab.instance import Instance


def run(instance: Instance) -> str:
    """placeholder"""
    return f"none yet {instance.home}"
