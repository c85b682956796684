"""`enforcement operation draw`: a random draw (双随机抽取), and whether it was fair.

    show ID --json > draw.json      what either side has on record: lists, exclusions, commitments, seeds, result
    verify draw.json                repeats the draw from that file alone; anybody can, without node, network or token

One side's file shows that lists, seeds and result agree, not that they are what was committed to in time: whoever
writes it could make up everything in it. It takes the other side's file, from the other side, to call a draw fair.

Commit and reveal are two steps of each side, so a seed lives between them in a file of whoever drew it, and nowhere
else: the node learns it when it is revealed. The file names its draw: the seed of a draw that was given up is known.
"""

import json as jsons
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import draw_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2_grpc as grpc_pb
from google.protobuf.json_format import ParseDict, ParseError
from rich.console import Group

from services.cli.connection import Connection, run, term
from services.cli.language import command, group, t
from services.cli.options import ActAt, CommandId, Count, LateReason, MinPosition, PageToken, act_at, repeatable
from services.cli.output import ExitCode, Failure, Json, as_json, fields, next_page, note, show, show_recorded, table
from services.joint_operations.draw import SEED_BYTES, commitment
from services.joint_operations.draw_answer import Checked, checked
from services.joint_operations.model.draw.lists import pool_of
from services.kernel.messages import to_timestamp

draw_app = group("双随机抽取。", "Random draws of objects and officers.")

Stub: Final = grpc_pb.JointOperationsServiceStub
DrawId = Annotated[
    UUID, typer.Argument(metavar="ID", help=t("抽取编号（UUID），双方相同。", "Id (UUID), the same at both sides."))
]
SeedFile = Annotated[
    Path,
    typer.Option(
        "--seed-file", metavar="FILE",
        help=t("保存本方种子的文件，公开之前不得外泄。", "File with this side's seed; secret until the reveal."),
    ),
]  # fmt: skip
_RECORD: Final = ("draw_id", "lead_id", "witness_id", "pool_digest", "lead_commitment", "witness_commitment",
                  "lead_seed", "witness_seed", "drawn")  # fmt: skip
"""What lead and witness must have alike."""


@command(draw_app, "list", "列出本单位牵头或者见证的抽取。", "List the draws that this authority leads or witnesses.")
def list_draws(
    context: typer.Context, count: Count = 50, page: PageToken = "", min_position: MinPosition = 0, json: Json = False
) -> None:
    connection: Connection = context.obj
    request = pb.ListDrawsRequest(page=common.PageRequest(size=count, token=page), min_position=min_position)
    answer: pb.ListDrawsResponse = run(connection.ask(Stub, "ListDraws", request))
    headings = (t("阶段", "stage"), t("牵头单位", "lead"), t("行动", "operation"), "id")
    rows = [(one.stage, one.lead_id, one.operation_id, one.draw_id) for one in answer.draws]
    show(as_json(answer), table(headings, rows), as_json=json)
    next_page(answer.next_token, as_json=json)


@command(
    draw_app, "show",
    "显示一次抽取：名单、排除和回避、双方承诺与种子、结果。\n\n示例：`operation draw show <编号> --json > 抽取.json`",
    "Show a draw: lists, exclusions, both commitments and seeds, the result.\n\n"
    "Example: `operation draw show <id> --json > draw.json`",
)  # fmt: skip
def show_draw(context: typer.Context, draw: DrawId, min_position: MinPosition = 0, json: Json = False) -> None:
    told = run(_told(context.obj, draw, min_position))
    show(as_json(told), Group(fields(_about(told)), "", _exclusions(told), "", _result(told)), as_json=json)


@command(
    draw_app, "verify",
    "核验抽取记录：任何人凭文件即可重复抽取，不需要节点和网络。单方文件只能证明自身前后一致；"
    "加 --against 与另一方提供的记录核对，才能证明公正。不一致时退出码为4。\n\n"
    "示例：`operation draw verify 牵头.json --against 见证.json`",
    "Repeat a draw from its record, which anybody can without node and network. One side's file shows only that it\n"
    "agrees with itself; with --against, the other side's, the draw is shown to be fair. Exit code 4 when anything\n"
    "differs.\n\nExample: `operation draw verify lead.json --against witness.json`",
)  # fmt: skip
def verify_draw(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("抽取记录。", "Record of a draw."))],
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help=t("另一方的记录。", "The other side's record."))
    ] = None,
    json: Json = False,
) -> None:
    told = _read(file)
    other = _read(against) if against is not None else None
    if other is not None and bool(other.draw_witness_id) == bool(told.draw_witness_id):
        raise Failure(t("两份记录出自同一方", "both records are of one side"), code=ExitCode.WRONG_USE)
    differing = _differences(told, other) if other is not None else []
    found = checked(told)
    holds = found.consistent and not differing
    data = {
        "drawId": told.draw_id,
        "lists": found.lists,
        "leadSeed": found.lead,
        "witnessSeed": found.witness,
        "result": found.result,
        "consistent": found.consistent,
        "fair": holds and other is not None,
        "differences": differing,
    }
    show(data, fields([*_about(told), *_verdict(found, differing)]), as_json=json)
    if holds and other is None and not json:
        note(
            t("仅凭一方记录不能证明公正，请加 --against", "one side's record does not show a fair draw: add --against")
        )
    if not holds:
        raise Failure(t("抽取记录不能证明公正", "the record does not show a fair draw"), code=ExitCode.FOUND)


@command(
    draw_app, "commit",
    "核对名单后承诺本方种子：种子存入文件，节点只得到摘要。\n\n"
    "示例：`operation draw commit <编号> --seed-file 种子.txt`",
    "Commit to a seed after reading the lists: it stays in the file, the node gets its digest.\n\n"
    "Example: `operation draw commit <id> --seed-file seed.txt`",
)  # fmt: skip
def commit_seed(
    context: typer.Context,
    draw: DrawId,
    seed_file: SeedFile,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    told = run(_told(connection, draw))
    digest = pool_of(told.pool).digest()
    frame = _frame(at, late_reason, command_id)
    party = told.witness_id if told.draw_witness_id else told.lead_id
    committed = commitment(told.draw_id, party, digest, _seed(seed_file, draw, new=True))
    if told.draw_witness_id:
        witness = pb.CommitWitnessSeedRequest(**frame, draw_witness_id=told.draw_witness_id, commitment=committed)
        _record(connection, "CommitWitnessSeed", witness, as_json=json)
    else:
        lead = pb.CommitDrawRequest(**frame, draw_id=told.draw_id, commitment=committed, pool_digest=digest)
        _record(connection, "CommitDraw", lead, as_json=json)
    if not json:
        note(f"{t('双方承诺后', 'when both have committed')}: operation draw reveal {draw} --seed-file {seed_file}")


@command(
    draw_app, "reveal",
    "双方承诺之后公开本方种子。\n\n示例：`operation draw reveal <编号> --seed-file 种子.txt`",
    "Reveal this side's seed, after both have committed.\n\nExample: `operation draw reveal <id> --seed-file seed.txt`",
)  # fmt: skip
def reveal_seed(
    context: typer.Context,
    draw: DrawId,
    seed_file: SeedFile,
    at: ActAt = None,
    late_reason: LateReason = "",
    command_id: CommandId = None,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    told = run(_told(connection, draw))
    frame = _frame(at, late_reason, command_id)
    seed = _seed(seed_file, draw, new=False)
    if told.draw_witness_id:
        witness = pb.RevealWitnessSeedRequest(**frame, draw_witness_id=told.draw_witness_id, seed=seed)
        _record(connection, "RevealWitnessSeed", witness, as_json=json)
    else:
        _record(connection, "RevealSeed", pb.RevealSeedRequest(**frame, draw_id=told.draw_id, seed=seed), as_json=json)


def _frame(at: datetime | None, late_reason: str, command_id: UUID | None) -> dict[str, Any]:
    """What every command begins with."""
    return {"command_id": repeatable(command_id), "occurred_at": to_timestamp(act_at(at)), "late_reason": late_reason}


async def _told(connection: Connection, draw: UUID, min_position: int = 0) -> pb.GetDrawResponse:
    request = pb.GetDrawRequest(draw_id=str(draw), min_position=min_position)
    told: pb.GetDrawResponse = await connection.ask(Stub, "GetDraw", request)
    return told


def _record(connection: Connection, method: str, request: Any, *, as_json: bool) -> None:
    show_recorded(run(connection.ask(Stub, method, request)), as_json=as_json)


def _seed(file: Path, draw: UUID, *, new: bool) -> bytes:
    """The seed that a file has for a draw; a new one when there is none yet, so that the same command again commits to
    the same. Another draw's is refused: it may be known, and whoever knows it steers this one.
    """
    if new and not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as opened:
            opened.write(f"{draw} {secrets.token_bytes(SEED_BYTES).hex()}")
            opened.flush()
            os.fsync(opened.fileno())
    try:
        named, _, digits = file.read_text(encoding="ascii").strip().partition(" ")
        drawn_for, seed = UUID(named), bytes.fromhex(digits)
    except ValueError:
        drawn_for, seed = None, b""
    if drawn_for not in (None, draw):
        sentence = f"{t('种子文件属于另一次抽取', 'the file has the seed of another draw')}: {drawn_for}"
        raise Failure(sentence, hint="--seed-file", code=ExitCode.WRONG_USE)
    if len(seed) != SEED_BYTES:
        raise Failure(f"{t('不是种子文件', 'is no file of a seed')}: {file}", code=ExitCode.WRONG_USE)
    return seed


def _read(file: Path) -> pb.GetDrawResponse:
    try:
        told = ParseDict(jsons.loads(file.read_bytes()), pb.GetDrawResponse(), ignore_unknown_fields=True)
    except (ParseError, ValueError):
        told = pb.GetDrawResponse()
    if not told.draw_id:
        sentence = f"{file} {t('不是抽取记录', 'is no record of a draw')}"
        raise Failure(sentence, hint="operation draw show ID --json", code=ExitCode.WRONG_USE)
    return told


def _differences(one: pb.GetDrawResponse, other: pb.GetDrawResponse) -> list[str]:
    return [name for name in _RECORD if getattr(one, name) != getattr(other, name)]


def _about(told: pb.GetDrawResponse) -> list[tuple[str, object]]:
    pool = told.pool
    return [
        (t("抽取编号", "id"), told.draw_id),
        (t("阶段", "stage"), told.stage),
        (t("行动", "operation"), told.operation_id),
        (t("牵头单位", "lead"), told.lead_id),
        (t("见证单位", "witness"), told.witness_id),
        (t("检查对象", "objects"), f"{len(pool.object_ids)} → {pool.object_count}"),
        (t("执法人员", "officers"), f"{len(pool.officer_ids)} → {pool.team_size}"),
        (t("名单摘要", "digest of the lists"), told.pool_digest.hex()),
        (t("牵头单位承诺", "lead's commitment"), told.lead_commitment.hex()),
        (t("见证单位承诺", "witness's commitment"), told.witness_commitment.hex()),
        (t("牵头单位种子", "lead's seed"), told.lead_seed.hex()),
        (t("见证单位种子", "witness's seed"), told.witness_seed.hex()),
    ]


def _verdict(found: Checked, differing: list[str]) -> list[tuple[str, object]]:
    rows = [
        (t("名单与摘要一致", "lists have the digest"), found.lists),
        (t("牵头单位种子与承诺一致", "lead revealed what it committed to"), found.lead),
        (t("见证单位种子与承诺一致", "witness revealed what it committed to"), found.witness),
        (t("重复抽取得到同一结果", "the draw gives the same result"), found.result),
    ]
    told: list[tuple[str, object]] = [(name, t("是", "yes") if holds else t("否", "NO")) for name, holds in rows]
    return [*told, (t("双方记录不同", "the sides differ in"), "、".join(differing))]


def _exclusions(told: pb.GetDrawResponse) -> Any:
    headings = (t("排除：对象", "excluded: object"), t("人员", "officer"), t("理由", "ground"), t("说明", "in words"))
    rows = [
        (one.object_id, one.officer_id, term(pb.ExclusionGround, one.ground), one.reason)
        for one in told.pool.exclusions
    ]
    return table(headings, rows)


def _result(told: pb.GetDrawResponse) -> Any:
    headings = (t("抽中对象", "drawn object"), t("执法人员", "officers"))
    return table(headings, [(one.object_id, "、".join(one.officer_ids)) for one in told.drawn])
