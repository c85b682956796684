"""Help in both languages: Chinese by default, English by locale, and nothing without help."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from services.cli.language import is_english

WALK = """
import json, typer
from services.cli.main import app
found = {}
def walk(command, path):
    parameters = {each.name: getattr(each, "help", "") or "" for each in command.params}
    found[path] = {"help": command.help or "", "parameters": parameters}
    for name, child in getattr(command, "commands", {}).items():
        walk(child, f"{path} {name}".strip())
walk(typer.main.get_command(app), "")
print(json.dumps(found))
"""
CHINESE = re.compile("[\u4e00-\u9fff]")
COMMANDS = [
    "node run", "node status", "node parked", "node settings", "migrate",
    "ledger tail", "ledger show", "ledger verify", "ledger stats",
    "case show", "case list", "case search", "case due", "case timeline", "case import", "audit list", "case warnings",
    "case publication",
    "on-spot list", "on-spot show", "rules list", "rules check", "rules adopt",
    "non-site device list", "non-site device show", "non-site device register", "non-site capture list",
    "non-site capture show", "non-site capture review", "non-site incident list", "non-site incident show",
    "non-site subject list", "non-site subject show", "non-site item list", "non-site item claim",
    "non-site item answer", "non-site follow-up list",
    "non-site notice list", "non-site mismatched",
    "case print", "case documents", "case catalogue", "case archive", "case check-archive", "case numbers", "do",
    "case forms", "trace", "deadlines", "exchange status", "exchange quarantine", "exchange deliveries",
    "exchange resend", "feed list", "feed resume", "token", "keys list", "keys check", "keys new", "keys card",
    "transfer list", "transfer show", "transfer timeline", "transfer prove", "transfer verify", "transfer code",
    "transfer letter", "transfer enter", "transfer confirm", "transfer discard", "transfer answers",
    "transfer suspicions", "transfer answer-suspicion", "case sanctions", "case set-off", "case detention",
    "case review", "field key new", "field key show", "field key register", "field record", "field list",
    "field conflicts", "field sync", "operation draw list", "operation draw show", "operation draw verify",
    "operation draw commit", "operation draw reveal", "operation list", "operation show", "operation account",
    "cooperation list", "cooperation account",
]  # fmt: skip


@cache
def helps(language: str) -> dict[str, Any]:
    """Help of every command by its path, as a process with this locale shows it."""
    deciding = ("ENFORCEMENT_LANG", "LC_ALL", "LC_MESSAGES")
    environment = {name: value for name, value in os.environ.items() if name not in deciding} | {"LANG": language}
    command = [sys.executable, "-c", WALK]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("path", ["", *COMMANDS])
def test_help_is_chinese_by_default(path: str) -> None:
    shown = helps("C.UTF-8")[path]
    assert CHINESE.search(shown["help"])
    others = [text for text in shown["parameters"].values() if not CHINESE.search(text)]
    assert others == []


@pytest.mark.parametrize("path", ["", *COMMANDS])
def test_help_is_english_by_locale(path: str) -> None:
    shown = helps("en_US.UTF-8")[path]
    assert shown["help"].splitlines()[0].isascii()
    assert shown["help"]
    assert [name for name, text in shown["parameters"].items() if not text] == []


@pytest.mark.parametrize("language", ["C.UTF-8", "en_US.UTF-8"])
def test_every_command_is_in_the_list_above(language: str) -> None:
    groups = {"", "audit", "node", "ledger", "case", "exchange", "feed", "keys", "on-spot", "rules"}
    groups |= {"non-site", *(f"non-site {noun}" for noun in ("device", "capture", "incident", "subject", "item"))}
    groups |= {"non-site follow-up", "non-site notice", "transfer", "field", "field key", "operation", "operation draw"}
    groups |= {"cooperation"}
    assert set(helps(language)) - groups == set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_but_run_has_json(path: str) -> None:
    assert ("json" in helps("C.UTF-8")[path]["parameters"]) is (path != "node run")


@pytest.mark.parametrize(
    ("environment", "english"),
    [
        ({}, False),
        ({"LANG": "zh_CN.UTF-8"}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_GB.UTF-8"}, False),
        ({"LC_ALL": "", "LANG": "en_GB.UTF-8"}, True),
        ({"ENFORCEMENT_LANG": "zh", "LC_ALL": "en_US.UTF-8"}, False),
        ({"ENFORCEMENT_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, True),
    ],
)
def test_the_language_comes_from_the_first_that_is_set(environment: dict[str, str], english: bool) -> None:
    assert is_english(environment) is english
