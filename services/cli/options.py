"""Arguments and options that several commands share."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from enforcement.audit.v1 import events_pb2 as audit

from services.cli.language import t
from services.cli.output import note
from services.kernel.clock import SHANGHAI
from services.kernel.ledger import uuid7

CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help=t("案号或案件编号（UUID）。", "Number or id (UUID) of the case."))
]
Position = Annotated[int, typer.Argument(min=1, help=t("账本位置。", "Position in the ledger."))]
MinPosition = Annotated[
    int, typer.Option("--min-position", min=0, help=t("至少读到账本的这一位置。", "Read no earlier state than this."))
]
Count = Annotated[int, typer.Option("--count", "-c", min=1, max=500, help=t("条数。", "How many."))]
PageToken = Annotated[str, typer.Option("--page", help=t("上一页给出的 nextToken。", "nextToken of the page before."))]

CommandId = Annotated[
    UUID | None,
    typer.Option("--command-id", help=t("指令编号，重试时沿用。", "Command id; the same again for a retry.")),
]
ActAt = Annotated[
    datetime | None, typer.Option("--at", help=t("行为时间；默认现在。", "When the act took place; default now."))
]
LateReason = Annotated[str, typer.Option("--late-reason", help=t("补录理由。", "Why it is recorded late."))]


def repeatable(command_id: UUID | None) -> str:
    """The command's id: the one that was given, or a new one that is told so that a retry can give it."""
    if command_id is not None:
        return str(command_id)
    chosen = uuid7()
    note(f"--command-id {chosen}")
    return str(chosen)


def in_shanghai(at: datetime) -> datetime:
    """An instant as people here write it: without a zone it is one of Shanghai."""
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def act_at(at: datetime | None) -> datetime:
    """When the act took place; by default now."""
    return datetime.now(UTC) if at is None else in_shanghai(at)


class Purpose(StrEnum):
    """Why personal data are looked at."""

    CASE_HANDLING = "case_handling"
    DECISION = "decision"
    LEGAL_REVIEW = "legal_review"
    HEARING = "hearing"
    SERVICE = "service"
    EXECUTION = "execution"
    REMEDY = "remedy"
    COOPERATION = "cooperation"
    PARTY_REQUEST = "party_request"
    SUPERVISION = "supervision"
    ARCHIVING = "archiving"
    PUBLICATION = "publication"


PurposeOption = Annotated[
    Purpose | None,
    typer.Option(
        "--purpose",
        help=t(
            "查看个人信息的用途；不写则个人信息遮蔽，写明则留痕。",
            "Why personal data are looked at; without it they are masked, with it the access is audited.",
        ),
    ),
]


def purpose_of(chosen: Purpose | None) -> audit.Purpose.ValueType:
    """The contract's value."""
    return audit.Purpose.Value(f"PURPOSE_{chosen.name}") if chosen else audit.PURPOSE_UNSPECIFIED
