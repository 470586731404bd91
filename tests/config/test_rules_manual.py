"""docs/rules.md: every example loads, every policy has one, and the reasons are listed in their order."""

from __future__ import annotations

import re

import pytest

from rules.model.reasons import Reason
from tests.config.at_door import Door, Load
from tests.config.blocks import BLOCKS, PAGE, Block


@pytest.mark.parametrize("each", BLOCKS, ids=[f"line {each.line}" for each in BLOCKS])
def test_every_example_loads(load: Load, each: Block) -> None:
    Door(load(each.text))


def test_each_policy_has_its_example() -> None:
    headings = re.findall(r"^##+ (.*)$", PAGE.read_text(), re.MULTILINE)
    assert [name for name in headings if name not in {each.heading for each in BLOCKS}] == ["What decides"]


def test_the_page_lists_every_reason_in_its_order() -> None:
    table = PAGE.read_text().split("| what | reasons |")[1].split("\n\n")[0]
    listed = [Reason(name) for name in re.findall(r"`(\w+)`", table)]
    assert listed == sorted(listed, key=list(Reason).index)
    left = set(Reason) - set(listed) - {Reason.GRANTED, Reason.GRANTED_DURESS, Reason.GRANTED_SOFT_PASSBACK}
    assert left == {
        Reason.INTERNAL_ERROR,
        Reason.AUTHENTICATION_UNAVAILABLE,
        Reason.READER_OUT_OF_SERVICE,
        Reason.STALE_READ,
        Reason.BAD_FORMAT,
    }
