"""`enforcement keys` and `enforcement token`: a node's keys, its member registry, and tokens of a local issuer."""

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.cli.connection import Connection, missing
from services.cli.language import command, group, t
from services.cli.output import ExitCode, Failure, Json, instant, note, show, table
from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.keys import KeyFileFault, KeyRing, to_base64
from services.kernel.envelopes.members import Member, Registry, RegistryFault

app = group("密钥与成员名册。", "Keys and the member registry.")
ISSUER_KEY_ID = "local-issuer-1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")


class Scope(StrEnum):
    """Who is no officer and no administrator."""

    DEVICE = "device"
    PORTAL = "portal"


def add_to(root: typer.Typer) -> None:
    """Adds `token` to the root."""
    command(
        root, "token",
        "由本机签发者签发令牌，仅用于演示和测试；生产环境由身份提供方签发。\n\n"
        "示例：`export ENFORCEMENT_TOKEN=$(enforcement -n jt-510521 token o-1)`",
        "Issue a token by the local issuer, for demos and tests; elsewhere the identity provider does.\n\n"
        "Example: `export ENFORCEMENT_TOKEN=$(enforcement -n jt-510521 token o-1)`",
    )(token)  # fmt: skip


def token(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            help=t("执法人员、设备编号，或管理员名。", "Id of an officer or device, or administrator's name.")
        ),
    ],
    administrator: Annotated[
        bool, typer.Option("--administrator", help=t("管理员令牌。", "An administrator's token."))
    ] = False,
    scope: Annotated[
        Scope | None,
        typer.Option(
            "--scope", help=t("设备或当事人信息化平台的令牌。", "A token of a device, or of the platform for parties.")
        ),
    ] = None,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, max=1440, help=t("有效分钟数。", "Minutes it holds."))
    ] = 480,
    json: Json = False,
) -> None:
    from cryptography.hazmat.primitives import serialization

    from services.kernel.identity import issue_token  # late: takes a quarter of the start of every other command

    settings = context.obj.settings
    if settings.issuer_key_file is None:
        raise missing("ENFORCEMENT_ISSUER_KEY_FILE")
    key = serialization.load_pem_private_key(settings.issuer_key_file.read_bytes(), password=None)
    issued = issue_token(
        key, ISSUER_KEY_ID, subject=subject, authority_id=settings.authority_id,
        administrator=administrator, scope=scope or "", minutes=minutes,
    )  # fmt: skip
    show({"token": issued, "subject": subject, "authorityId": settings.authority_id}, issued, as_json=json)


@command(app, "list", "成员名册中各单位的密钥指纹与有效期。", "Fingerprints and validity of every key in the registry.")
def list_keys(context: typer.Context, json: Json = False) -> None:
    registry = _registry(_setting(context, "registry_file"))
    own = _own_ids(context)
    keys = [
        {
            "authorityId": key.member,
            "role": key.role.value,
            "fingerprint": _grouped(key.id.hex()),
            "notBefore": key.not_before.isoformat(),
            "retired": key.retired.isoformat() if key.retired else "",
            "compromisedSince": key.compromised_since.isoformat() if key.compromised_since else "",
            "own": key.id in own,
        }
        for member in registry.members.values()
        for key in member.keys
    ]
    headings = (
        t("单位", "authority"),
        t("用途", "role"),
        t("指纹", "fingerprint"),
        t("生效", "not before"),
        t("停用", "ended"),
        "",
    )
    rows = [
        (
            key["authorityId"],
            key["role"],
            key["fingerprint"],
            instant(datetime.fromisoformat(str(key["notBefore"]))),
            key["compromisedSince"] or key["retired"],
            t("本节点", "this node") if key["own"] else "",
        )
        for key in keys
    ]
    show(
        {"version": registry.version, "digest": registry.digest.hex(), "keys": keys},
        table(headings, rows),
        as_json=json,
    )
    if not json:
        note(f"{t('名册版本', 'registry')} {registry.version} · SHA-256 {registry.digest.hex()}")


@command(
    app,
    "check",
    "核验一份成员名册：格式、密钥强度、持有证明。",
    "Check a registry file: form, strength of keys, proofs of possession.",
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("名册文件。", "The file."))], json: Json = False
) -> None:
    registry = _registry(file)
    data = {"version": registry.version, "digest": registry.digest.hex(), "members": len(registry.members)}
    show(data, t("名册有效", "the registry is good"), as_json=json)
    if not json:
        note(" · ".join(f"{name} {value}" for name, value in data.items()))


@command(
    app, "new", "生成一对新密钥（签名与加密）；先进入各方名册，再开始使用。",
    "Make a new pair of keys (seal and box); everybody's registry first, then use them.",
)  # fmt: skip
def new(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help=t("文件名后缀，按字母序最大者为最新，如 2026-11。", "Suffix; the last in order is newest.")
        ),
    ],
    json: Json = False,
) -> None:
    if not NAME.fullmatch(name):
        sentence = t("后缀只用字母、数字、点、连字符", "a suffix has letters, digits, dots and hyphens only")
        raise Failure(sentence, code=ExitCode.WRONG_USE)
    folder: Path = _setting(context, "keys_dir")
    authority_id = _setting(context, "authority_id")
    ring = KeyRing.generate(authority_id)
    try:
        ring.save(folder, name)
    except FileExistsError as error:
        raise Failure(f"{t('已存在', 'exists')}: {error.filename}", code=ExitCode.WRONG_USE) from error
    files = [str(folder / f"{role}-{name}.pem") for role in ("seal", "box")]
    show(
        {"files": files, "seal": ring.seals[0].id.hex(), "box": ring.boxes[0].id.hex()}, "\n".join(files), as_json=json
    )
    if not json:
        note(t("下一步：enforcement keys card", "next: enforcement keys card"))


@command(
    app, "card", "输出本单位最新密钥的卡片，供其他单位录入名册；指纹另行电话核对。",
    "Print the card of the newest keys for other authorities' registries; compare fingerprints by telephone.",
)  # fmt: skip
def card(context: typer.Context, json: Json = False) -> None:
    authority_id = _setting(context, "authority_id")
    ring = _ring(_setting(context, "keys_dir"), authority_id)
    cards = KeyCard.of(ring, secrets.token_bytes(32), datetime.now(UTC).replace(microsecond=0))
    text = render(1, [(Member(authority_id, authority_id, ""), cards)]).decode().partition("[[member]]")[2]
    data = {
        "authorityId": authority_id,
        "keys": [
            {
                "role": each.role.value,
                "public": to_base64(each.public),
                "nonce": to_base64(each.nonce),
                "proof": to_base64(each.proof),
                "notBefore": each.not_before.isoformat(),
                "fingerprint": each.fingerprint(authority_id),
            }
            for each in cards
        ],
    }
    show(data, f"[[member]]{text}", as_json=json)
    if not json:
        for each in cards:
            note(f"{each.role} {each.fingerprint(authority_id)}")


def _registry(file: Path) -> Registry:
    try:
        return Registry.parse(file.read_bytes())
    except FileNotFoundError as error:
        raise Failure(f"{t('没有文件', 'no file')} {file}", code=ExitCode.WRONG_USE) from error
    except RegistryFault as fault:
        raise Failure(
            t("名册无效", "the registry is not good") + f": {fault.detail}", last=fault.code, code=ExitCode.FOUND
        ) from fault


def _ring(folder: Path, authority_id: str) -> KeyRing:
    try:
        return KeyRing.load(folder, authority_id)
    except KeyFileFault as fault:
        raise Failure(str(fault), hint="enforcement keys new") from fault


def _own_ids(context: typer.Context) -> set[bytes]:
    connection: Connection = context.obj
    folder = connection.settings.keys_dir
    if folder is None or not folder.exists():
        return set()
    ring = _ring(folder, connection.settings.authority_id)
    return {key.id for key in ring.seals} | {key.id for key in ring.boxes}


def _setting(context: typer.Context, name: str):  # type: ignore[no-untyped-def]
    value = getattr(context.obj.settings, name)
    if not value:
        raise missing(f"ENFORCEMENT_{name.upper()}")
    return value


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
