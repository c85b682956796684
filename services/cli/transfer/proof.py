"""`enforcement transfer prove` and `verify`: the proof of a transfer, written by a node and checked without one.

What checks is imported where it is used: it takes a fifth of a second, which no other command should wait for.
"""

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import grpc
import typer
from enforcement.transfer.v1 import proof_pb2 as pb
from enforcement.transfer.v1 import service_pb2_grpc as grpc_pb

from services.cli import contract
from services.cli.connection import Connection, explain, run
from services.cli.language import command, t
from services.cli.options import MinPosition, Purpose, purpose_of
from services.cli.output import ExitCode, Failure, Json, fields, note, show
from services.kernel.envelopes.members import Registry, RegistryFault

if TYPE_CHECKING:
    from services.kernel.proof import Checked, Comparison

SECONDS: Final = 60.0
"""For a whole proof: it reads every event of the transfer and every envelope."""

Page = Annotated[
    Path | None,
    typer.Option(
        "--page", metavar="FILE", help=t("另写一页中文PDF，供法庭阅读。", "Also write a page in Chinese, PDF.")
    ),
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands to the noun `transfer`."""
    command(
        app, "prove",
        "写出一件移送的存证文件：本方发出、收到的每个信封和回执，逐字节。\n\n"
        "示例：`enforcement -n jt-510521 transfer prove <编号> -o 存证.json --page 存证页.pdf`"
        " · 交给公安机关核对：`--for ga-510521`",
        "Write the proof of a transfer: every envelope and receipt of this side, byte for byte.\n\n"
        "Examples: `enforcement -n jt-510521 transfer prove <id> -o proof.json --page page.pdf`; `--for ga-510521`",
    )(prove)  # fmt: skip
    command(
        app, "verify",
        "核验存证文件，不需要节点和网络；加 --against 与另一方的文件逐字节核对。发现问题时退出码为4。\n\n"
        "示例：`enforcement transfer verify 移送机关.json --against 公安机关.json`",
        "Check a proof without node and network; with --against byte for byte with the other side's. Exit code 4 when\n"
        "something is found.\n\nExample: `enforcement transfer verify bureau.json --against police.json`",
    )(verify)  # fmt: skip


def prove(
    context: typer.Context,
    transfer: Annotated[UUID, typer.Argument(metavar="ID", help=t("移送编号（UUID）。", "Id (UUID) of the transfer."))],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help=t("写入文件。", "Where to write."))],
    for_id: Annotated[
        str,
        typer.Option(
            "--for", metavar="ID", help=t("只写与该单位的往来，供其核对。", "Only what went between the two.")
        ),
    ] = "",
    without_content: Annotated[
        bool, typer.Option("--without-content", help=t("不写内容，只写签名、回执和哈希。", "Leave out what was told."))
    ] = False,
    purpose: Annotated[
        Purpose, typer.Option("--purpose", help=t("查看内容的用途，留痕。", "Why the content is looked at; audited."))
    ] = Purpose.COOPERATION,
    page: Page = None,
    min_position: MinPosition = 0,
    json: Json = False,
) -> None:
    connection: Connection = context.obj
    request = pb.ProveTransferRequest(
        transfer_id=str(transfer),
        for_id=for_id,
        content=pb.PROOF_CONTENT_NONE if without_content else pb.PROOF_CONTENT_UNSPECIFIED,
        purpose=purpose_of(None if without_content else purpose),
        min_position=min_position,
    )
    file = run(_download(connection, request))
    output.write_bytes(file)
    checked = _check(file, output)
    _tell(file, checked, None, None, page, as_json=json)
    if not json:
        note(t(f"已写入 {output}；核验：enforcement transfer verify {output}",
               f"written to {output}; check it with: enforcement transfer verify {output}"))  # fmt: skip


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("存证文件。", "The proof."))],
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help=t("另一方的存证文件。", "The other side's proof."))
    ] = None,
    registry: Annotated[
        Path | None,
        typer.Option(
            "--registry", metavar="FILE",
            help=t("自己信任的成员名册：签名密钥须在其中。", "A registry that you trust; the keys must be in it."),
        ),
    ] = None,
    page: Page = None,
    json: Json = False,
) -> None:  # fmt: skip
    content = file.read_bytes()
    checked = _check(content, file)
    comparison = None
    if against is not None:
        comparison = _compare(checked, _check(against.read_bytes(), against))
    _tell(content, checked, comparison, _strangers(checked, registry), page, as_json=json)


async def _download(connection: Connection, request: pb.ProveTransferRequest) -> bytes:
    async with connection.channel() as (channel, metadata):
        call = grpc_pb.TransferServiceStub(channel).ProveTransfer(
            request, timeout=max(connection.seconds, SECONDS), metadata=metadata
        )
        try:
            return b"".join([piece.data async for piece in call])
        except grpc.aio.AioRpcError as error:
            raise explain(error, connection.settings.api_address) from error


def _compare(checked: "Checked", other: "Checked") -> "Comparison":
    from services.kernel.proof import compare
    from services.kernel.proof.comparing import NotComparable

    try:
        return compare(checked, other)
    except NotComparable as error:
        sentence = t("两份文件不是两方就同一移送的存证", "not the proofs of two authorities about one transfer")
        raise Failure(f"{sentence}: {error}", code=ExitCode.WRONG_USE) from error


def _check(file: bytes, path: Path) -> "Checked":
    from services.kernel.envelopes.disclosure import Catalogue
    from services.kernel.proof import NotAProof, check, load

    contract.load()
    try:
        return check(load(file), Catalogue.load())
    except NotAProof as error:
        raise Failure(
            f"{path} {t('不是存证文件，或者被改动', 'is no proof, or was edited')}: {error}", code=ExitCode.FOUND
        ) from error


def _strangers(checked: "Checked", file: Path | None) -> list[str] | None:
    """Keys that signed and that a trusted registry does not have as the same authority's; None when none is given."""
    if file is None:
        return None
    try:
        trusted = Registry.parse(file.read_bytes())
    except RegistryFault as fault:
        raise Failure(t("名册无效", "the registry is not good"), last=fault.code, code=ExitCode.FOUND) from fault
    return [
        f"{key.member} {identity.hex()}"
        for identity, key in checked.keys.items()
        if identity not in trusted.keys or trusted.keys[identity].member != key.member
    ]


def _tell(
    file: bytes,
    checked: "Checked",
    comparison: "Comparison | None",
    strangers: list[str] | None,
    page: Path | None,
    *,
    as_json: bool,
) -> None:
    data = _data(file, checked, comparison, strangers)
    if page is not None:
        page.write_bytes(_pdf(file, checked, comparison))
    rows = [
        (t("单位", "authority"), checked.proof.authority_id),
        (t("移送编号", "id"), checked.proof.subject_id),
        ("SHA-256", data["sha256"]),
        (t("签名成立的信封", "envelopes that hold"), len(checked.statements)),
        (t("回执", "receipts"), checked.receipts),
        (t("打开并一致的内容", "contents that hold"), checked.opened),
        (t("哈希一致的事件", "events whose hash holds"), checked.hashes),
        *((t("密钥", "key"), f"{key['authorityId']} {key['fingerprint']}") for key in data["keys"]),
    ]
    if comparison is not None:
        rows += [
            (t("两方逐字节一致", "the same on both sides"), len(comparison.confirmed)),
            (t("尚无回执", "without a receipt"), len(comparison.unanswered)),
        ]
    wrong = [f"{t('位置', 'position')} {one['position']}：{one['problem']} {one['detail']}" for one in data["findings"]]
    wrong += [f"{one['kind']} {one['type']} {one['detail']}" for one in data.get("differences", [])]
    wrong += [t(f"名册没有该密钥：{one}", f"not in the registry: {one}") for one in data.get("unknownKeys", [])]
    rows += [(t("问题", "problem"), sentence) for sentence in wrong]
    show(data, fields(rows), as_json=as_json)
    if wrong:
        raise Failure(t(f"发现 {len(wrong)} 处问题", f"{len(wrong)} findings"), code=ExitCode.FOUND)


def _data(
    file: bytes, checked: "Checked", comparison: "Comparison | None", strangers: list[str] | None
) -> dict[str, Any]:
    proof = checked.proof
    data: dict[str, Any] = {
        "sha256": hashlib.sha256(file).hexdigest(),
        "authorityId": proof.authority_id,
        "transferId": proof.subject_id,
        "content": proof.content.value,
        "forId": proof.for_id,
        "envelopes": len(checked.statements),
        "receipts": checked.receipts,
        "opened": checked.opened,
        "hashes": checked.hashes,
        "keys": [
            {"authorityId": key.member, "fingerprint": identity.hex()} for identity, key in sorted(checked.keys.items())
        ],
        "findings": [
            {"problem": one.problem.name, "position": str(one.position), "detail": one.detail}
            for one in checked.findings
        ],
    }
    if comparison is not None:
        data |= {
            "against": next(each for each in comparison.authority_ids if each != proof.authority_id),
            "confirmed": [digest.hex() for digest in sorted(comparison.confirmed)],
            "unanswered": [digest.hex() for digest in sorted(comparison.unanswered)],
            "differences": [
                {
                    "kind": one.kind.name,
                    "type": one.type,
                    "senderId": one.sender,
                    "senderPosition": str(one.sender_position or ""),
                    "receiverPosition": str(one.receiver_position or ""),
                    "detail": one.detail,
                }
                for one in comparison.differences
            ],
        }
    if strangers is not None:
        data["unknownKeys"] = strangers
    return data


def _pdf(file: bytes, checked: "Checked", comparison: "Comparison | None") -> bytes:
    from services.documents.settings import DocumentsSettings
    from services.documents.typesetter import Typesetter
    from services.transfer import proof_page

    settings = DocumentsSettings()
    try:
        typesetter = Typesetter(settings.fonts_dir, settings.font_family)
    except ValueError as error:
        raise Failure(str(error), hint="make setup", code=ExitCode.WRONG_USE) from error
    printed = proof_page.page(file, checked, comparison, proof_page.Titles.load())
    return asyncio.run(typesetter.pdf(proof_page.TEMPLATE, printed)).pdf
