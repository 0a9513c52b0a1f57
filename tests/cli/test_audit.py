"""`collectcall audit` where there is no Asterisk to ask."""

from __future__ import annotations

from tests.cli.conftest import Cli


def test_it_says_what_it_could_not_compare(cli: Cli) -> None:
    result = cli.run("audit")
    assert (result.exit_code, result.stdout) == (0, "Everything agrees.\n")
    assert "Asterisk's live channels are not compared" in result.stderr
