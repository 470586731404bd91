"""`doorward rollback`: back to the rule set that was active before, in one command."""

from __future__ import annotations

import click

from gateway.cli.console import Console, json_flag, on_console, say
from gateway.cli.reload import HASH_WANTED, ask


@click.command()
@click.option("--to", "rules_hash", metavar="HASH", default="", help="Another set that was active once.")
@json_flag
@on_console
def rollback(console: Console, rules_hash: str, as_json: bool) -> None:
    """Bring back the rule set that was active before this one.

    What the folder holds is not proposed again until it changes. A second rollback goes back one more.

    Example: doorward rollback --as sue --key sue.key
    """
    reply = ask(console, "rollback", rules_hash.lower())
    plain = {"request": reply.request, "code": reply.code, **reply.body}
    now, before = (reply.body[name][:HASH_WANTED] for name in ("rules_hash", "previous"))
    say(as_json, plain, f"active: {now}; before it: {before}")
