"""`doorward reload`: what a changed configuration would change, and letting it go live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from gateway.bus.client import BusClient, Reply
from gateway.cli.console import Console, json_flag, on_console, say

PATIENCE = 90.0
"""Seconds for an answer: a large site takes its time to compile."""

HASH_WANTED = 12


@click.command()
@click.argument("rules_hash", metavar="[HASH]", default="")
@click.option("--pending", is_flag=True, help="Show what is proposed; the same as no HASH.")
@click.option("--check", is_flag=True, help="Have the folder looked at again now, and show what it holds.")
@json_flag
@on_console
@click.pass_context
def reload(ctx: click.Context, console: Console, rules_hash: str, pending: bool, check: bool, as_json: bool) -> None:
    """Let the proposed rule set go live, named by its HASH or the first 12 digits of it.

    Without HASH: show what is proposed, and what it would change.

    Example: doorward reload 3f9ac2d1b04e --as ada --key ada.key
    """
    if rules_hash and (pending or check):
        raise click.UsageError("HASH lets a rule set go live; --pending and --check only look")
    if rules_hash:
        _approve(console, rules_hash, as_json)
        return
    found = ask(console, "reload", "check" if check else "pending").body
    if as_json:
        click.echo(json.dumps(found, sort_keys=True))
    else:
        click.echo(text_of(found))
    if found.get("rejected"):
        ctx.exit(2)


def _approve(console: Console, rules_hash: str, as_json: bool) -> None:
    reply = ask(console, "reload", rules_hash.lower())
    plain = {"request": reply.request, "code": reply.code, **reply.body}
    if reply.code == "ok":
        say(as_json, plain, f"active: {reply.body['rules_hash'][:HASH_WANTED]}")
    else:
        say(as_json, plain, "approved; it goes live when another operator asks for it within 15 minutes")


def ask(console: Console, verb: str, target: str) -> Reply:
    """A signed request whose answer may take a while."""

    async def asked(client: BusClient) -> Reply:
        return await client.request(verb, target, {}, timeout=PATIENCE)

    return console.run(asked)


def text_of(found: Mapping[str, Any]) -> str:
    """What an answer says of the folder, for a person."""
    running = f"active:   {found['running'][:HASH_WANTED]}"
    if found.get("rejected"):
        more = found["count"] - len(found["problems"])
        lines = [*found["problems"], *([f"and {more} more"] if more > 0 else [])]
        return "\n".join((running, f"rejected: {found['rejected']}", *lines))
    if not found.get("proposed"):
        return f"{running}\nnothing is proposed: the folder holds what is active, or nothing that may go live"
    proposed = found["proposed"][:HASH_WANTED]
    head = f"proposed: {proposed}   {found['gains']} gains, {found['losses']} losses"
    warnings = [f"warning:  {line}" for line in found["warnings"]]
    return "\n".join(
        (running, head, *found["text"].splitlines(), *warnings, f"To let it go live: doorward reload {proposed}")
    )
