"""`doorward journal`: what people and scripts see."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.journal import journal
from gateway.journal.batch import Batch
from gateway.journal.chain import Chain, beginning
from gateway.journal.journal import Journal
from gateway.journal.opening import STORE, open_journal
from rules.model.errors import DoorwardError
from tests.gateway.journal.sample import canonical, record
from tests.gateway.journal.watch import LIMIT, Watch, change


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    opened = open_journal(tmp_path, "gw", None, renew=False)
    opened.store.write(Batch(record(Chain("gw", beginning("gw", 1)), 50)))
    opened.release()
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(journal, [str(word) for word in words])


def test_tail_shows_the_newest(folder: Path):
    result = run("tail", folder, "-n", "3")
    assert result.exit_code == 0
    assert re.findall(r"^\d+", result.output, re.MULTILINE) == ["48", "49", "50"]


def test_tail_as_json_is_an_event_a_line(folder: Path):
    result = run("tail", folder, "-n", "2", "--json")
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["seq"] for line in lines] == [49, 50]
    assert [line["event"]["type"] for line in lines] == ["DoorOpened", "DuressReported"]


def test_tail_shows_hostile_text_as_text(tmp_path: Path):
    opened = open_journal(tmp_path, "gw", None, renew=False)
    body = canonical({"type": "DoorOpened", "v": 1, "data": {"note": "[red]\x1b[2J[/red]"}})
    seal = Chain("gw", opened.head).seal
    event = seal(body, stream="event", cls="door", type="DoorOpened", t=1, utc=1, first=False)
    opened.store.write(Batch([event]))
    opened.release()
    output = run("tail", tmp_path).output
    assert "[red]?[2J[/red]" in "".join(output.split())
    assert "\x1b" not in output


def test_stats(folder: Path):
    found = json.loads(run("stats", folder, "--json").output)
    assert (found["gateway"], found["epoch"], found["head"]) == ("gw", 1, 50)
    assert found["streams"] == {"event": 37, "silent": 13}
    assert "gateway" in run("stats", folder).output


def test_verify_says_whether_the_record_stands(folder: Path):
    good = run("verify", folder)
    assert (good.exit_code, "50 events stand" in good.output) == (0, True)
    change(folder / STORE, "UPDATE event SET body = zeroblob(10) WHERE seq = 33")
    bad = run("verify", folder)
    assert bad.exit_code == 1
    assert "33" in bad.output
    told = json.loads(run("verify", folder, "--json").output)
    assert (told["ok"], told["first_bad"]) == (False, 33)


def test_a_folder_without_a_journal_is_an_error(tmp_path: Path):
    result = run("verify", tmp_path)
    assert isinstance(result.exception, DoorwardError)
    assert result.exception.code == "journal_missing"


@pytest.mark.parametrize("command", ["tail", "stats", "verify"])
def test_help_has_an_example(command: str):
    assert f"doorward journal {command}" in run(command, "--help").output


async def test_all_work_beside_a_running_journal(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as live:
        watch, chain = Watch(live), Chain("gw", live.head)
        live.append(record(chain, 10))
        await watch.until_durable(10)
        assert run("verify", tmp_path).exit_code == 0
        assert json.loads(run("stats", tmp_path, "--json").output)["head"] == 10
        live.append(record(chain, 10))
        await watch.until_durable(20)


async def test_follow_shows_new_events(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as live:
        watch, chain = Watch(live), Chain("gw", live.head)
        live.append(record(chain, 2))
        await watch.until_durable(2)
        follower = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from gateway.cli.journal import journal; journal()"),
            *("tail", str(tmp_path), "--follow", "--json"),
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        )
        try:
            assert await numbers(follower, 2) == [1, 2]
            live.append(record(chain, 2))
            await watch.until_durable(4)
            assert await numbers(follower, 2) == [3, 4]
        finally:
            follower.kill()
            await follower.communicate()


async def numbers(process: asyncio.subprocess.Process, count: int) -> list[int]:
    """The seqs of the next events that a process prints."""
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT):
        return [json.loads(await process.stdout.readline())["seq"] for _ in range(count)]
