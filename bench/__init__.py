"""Load on a running lab, measured."""
