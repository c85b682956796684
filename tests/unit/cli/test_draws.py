"""The record of a draw, checked by anybody from a file."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.cli.draws import _seed
from services.cli.main import run
from services.cli.output import ExitCode, Failure, as_json
from services.joint_operations.draw import Drawn, commitment, draw
from services.joint_operations.model.draw.lists import drawn_messages, pool_of

DRAW = "0193d7ec-2e00-8e1b-9ef3-abca4e1bb025"
OTHER_DRAW = "0193d7ec-2e00-8e1b-9ef3-abca4e1bb026"
SEEDS = b"\x11" * 32, b"\x22" * 32
POOL = pb.DrawPool(object_ids=["甲", "乙", "丙"], officer_ids=["一", "二", "三"], object_count=2, team_size=2)


def record(drawn: Drawn | None = None, *, witness_side: str = "") -> dict[str, Any]:
    pool = pool_of(POOL)
    parties = "jt-510521", "jt-500118"
    lead, witness = (commitment(DRAW, one, pool.digest(), seed) for one, seed in zip(parties, SEEDS, strict=True))
    told = pb.GetDrawResponse(
        draw_id=DRAW,
        draw_witness_id=witness_side,
        stage="已抽取",
        lead_id=parties[0],
        witness_id=parties[1],
        pool=POOL,
        pool_digest=pool.digest(),
        lead_commitment=lead,
        witness_commitment=witness,
        lead_seed=SEEDS[0],
        witness_seed=SEEDS[1],
        drawn=drawn_messages(draw(DRAW, pool, *SEEDS) if drawn is None else drawn),
    )
    return as_json(told)


def written(folder: Path, content: dict[str, Any], name: str = "draw.json") -> str:
    file = folder / name
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return str(file)


def test_a_fair_draw_holds_without_a_node(tmp_path, capsys):
    file = written(tmp_path, record())
    other = written(tmp_path, record(witness_side=OTHER_DRAW), "witness.json")
    assert run(["operation", "draw", "verify", file, "--against", other, "--json"]) == ExitCode.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["consistent"], told["fair"]) == (True, True)


def test_one_sides_record_shows_that_it_agrees_with_itself_and_not_that_the_draw_was_fair(tmp_path, capsys):
    file = written(tmp_path, record())
    assert run(["operation", "draw", "verify", file, "--json"]) == ExitCode.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["consistent"], told["fair"]) == (True, False)
    assert run(["operation", "draw", "verify", file]) == ExitCode.DONE
    assert "--against" in capsys.readouterr().err
    assert run(["operation", "draw", "verify", file, "--against", file]) == ExitCode.WRONG_USE


def test_a_seed_is_for_one_draw(tmp_path):
    file = tmp_path / "种子.txt"
    seed = _seed(file, UUID(DRAW), new=True)
    assert _seed(file, UUID(DRAW), new=True) == _seed(file, UUID(DRAW), new=False) == seed
    assert file.stat().st_mode & 0o077 == 0
    for new in (True, False):
        with pytest.raises(Failure, match=DRAW) as refused:
            _seed(file, UUID(OTHER_DRAW), new=new)
        assert refused.value.code is ExitCode.WRONG_USE
    file.write_text(seed.hex(), encoding="ascii")
    with pytest.raises(Failure):
        _seed(file, UUID(DRAW), new=False)


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("lists", {"pool": {**as_json(POOL), "objectIds": ["甲", "乙", "丁"]}}),
    ("leadSeed", {"leadSeed": "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="}),
    ("witnessSeed", {"witnessId": "jt-500153"}),
    ("result", {"drawn": [{"objectId": "甲", "officerIds": ["一", "二"]}]}),
    ("result", {"drawn": []}),
]


@pytest.mark.parametrize(("broken", "changes"), OTHERS)
def test_whatever_was_changed_is_found(tmp_path, capsys, broken, changes):
    file = written(tmp_path, {**record(), **changes})
    assert run(["operation", "draw", "verify", file, "--json"]) == ExitCode.FOUND
    told = json.loads(capsys.readouterr().out)
    assert (told[broken], told["fair"]) == (False, False)


def test_a_record_that_the_other_side_has_otherwise_is_not_fair(tmp_path, capsys):
    lead = written(tmp_path, record())
    other = written(tmp_path, {**record(witness_side=OTHER_DRAW), "witnessCommitment": "MzMzMw=="}, "witness.json")
    assert run(["operation", "draw", "verify", lead, "--against", other, "--json"]) == ExitCode.FOUND
    assert json.loads(capsys.readouterr().out)["differences"] == ["witness_commitment"]


def test_what_is_no_record_is_wrong_use(tmp_path):
    file = tmp_path / "other.json"
    file.write_text("[]", encoding="utf-8")
    assert run(["operation", "draw", "verify", str(file)]) == ExitCode.WRONG_USE
