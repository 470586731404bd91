"""The examples of docs/rules.md, which are the indented blocks with the end marker of a file; the site they are of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
_BLOCK = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)

SITE = """\
site: hq
timezone: Europe/London
bus: {url: "mqtts://broker.example:8883"}
holidays: {dates: {2026-12-25: holiday}}
lines:
  north: {serial: /dev/ttyUSB0, baud: 115200}
  east: {url: "tcp://192.0.2.8:502"}
devices:
  front-in: {driver: card, line: north, address: 1, keypad: true}
  side-in: {driver: card, line: north, address: 2, keypad: true}
  lab-in: {driver: card, line: north, address: 3, keypad: true}
  lab-out: {driver: card, line: north, address: 4, keypad: true}
  vault-in: {driver: card, line: north, address: 5, keypad: true}
  vault-out: {driver: card, line: north, address: 6, keypad: true}
  lobby-io: {driver: io, line: east, outputs: 8}
areas: {outside: {}, lobby: {}, lab: {}, vault: {}}
doors:
  front:
    between: [outside, lobby]
    reader_in: front-in
    lock: {output: lobby-io.out1, energise: to_unlock, on_power_loss: secure}
    egress: out
    egress_by: mechanical
  side:
    between: [outside, lobby]
    reader_in: side-in
    lock: {output: lobby-io.out2, energise: to_unlock, on_power_loss: secure}
  lab-door:
    between: [lobby, lab]
    reader_in: lab-in
    reader_out: lab-out
    lock: {output: lobby-io.out3, energise: to_unlock, on_power_loss: secure}
    contact: {input: lobby-io.in3, active: open}
  vault-door:
    between: [lab, vault]
    reader_in: vault-in
    reader_out: vault-out
    lock: {output: lobby-io.out4, energise: to_unlock, on_power_loss: secure}
    contact: {input: lobby-io.in4, active: open}
fire: {panel: {input: lobby-io.in8, active: open, doors: all-egress, on_fault: trouble}}
schedules:
  office: [{days: mon-fri, from: "07:00", to: "19:00"}]
  nights: [{days: mon-sun, from: "22:00", to: "06:00"}]
"""


@dataclass(frozen=True, slots=True)
class Block:
    """line: of its first line in the page; heading: of the section it stands in."""

    line: int
    heading: str
    text: str


def blocks(page: str) -> list[Block]:
    found = []
    for match in _BLOCK.finditer(page):
        text = dedent(match[0]).strip("\n") + "\n"
        if text.endswith("\n...\n"):
            before = page[: match.start()]
            headings = re.findall(r"^#+ (.*)$", before, re.MULTILINE)
            found.append(Block(before.count("\n") + 1, headings[-1] if headings else "", text))
    return found


def merged(first: Any, second: Any) -> Any:
    """Two parsed files as one; the second's values win, mappings are joined at any depth."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first | {key: merged(first.get(key), value) for key, value in second.items()}
    return second


def with_site(text: str) -> str:
    """The text of a whole configuration: the site with what a block says."""
    whole = merged(yaml.load(SITE, yaml.BaseLoader), yaml.load(text, yaml.BaseLoader))
    return yaml.safe_dump(whole, sort_keys=False, explicit_end=True)


BLOCKS = blocks(PAGE.read_text())
