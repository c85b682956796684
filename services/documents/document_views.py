"""Documents of a matter, their numbers, packages of files and reviews."""

import json
from typing import Final

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.officers.v1 import events_pb2 as officers

from services.documents.folding import (
    every,
    facts_of,
)
from services.documents.model.review import Stage as ReviewStage
from services.documents.views import CASE, archive, case_review, document, matter, number_taken, officer
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row
from services.kernel.values import day_of

TO_BE_NUMBERED: Final = "待取号"
TO_BE_RENDERED: Final = "待生成"
RENDERED: Final = "已生成"


@matter.on(pb.DocumentRendered, key=lambda event, fact: event.matter_id)
def document_made(row: Row, event: pb.DocumentRendered, fact: Fact) -> None:
    made = {"number": event.number, "on": day_of(fact.occurred_at).isoformat()}
    made_so_far = every(row, f"documents.{event.form}")
    if event.version == 1:
        made_so_far.append(made)


@matter.on(pb.DocumentIssued, key=lambda event, fact: event.matter_id)
def document_issued(row: Row, event: pb.DocumentIssued, fact: Fact) -> None:
    """What a document says first of the cause (案由), later ones say unless an officer words it otherwise."""
    facts = facts_of(row)
    facts.setdefault("issued", {})[event.form] = event.document_id
    cause = json.loads(event.snapshot or b"{}").get("values", {}).get("cause")
    if cause:
        facts.setdefault("cause", cause)


@officer.on(officers.OfficerRegistered)
def registered(row: Row, event: officers.OfficerRegistered, fact: Fact) -> None:
    row.update(name=event.name, credential_number=event.credential_number)


@document.on(pb.DocumentIssued)
def issued(row: Row, event: pb.DocumentIssued, fact: Fact) -> None:
    row.setdefault("began_position", fact.position)
    version = {
        "version": event.version,
        "snapshotSha256": event.snapshot_sha256.hex(),
        "correction": event.correction,
        "templateVersion": event.template_version,
        "issuedAt": fact.occurred_at.isoformat(),
    }
    row.update(
        form=event.form,
        matter_id=event.matter_id,
        version=event.version,
        state=TO_BE_RENDERED if event.number else TO_BE_NUMBERED,
        issued_at=fact.occurred_at,
        signers=[as_dict(signer) for signer in event.signers],
        versions=[*row.get("versions", []), version],
    )


@document.on(pb.NumberTaken, key=lambda event, fact: event.for_id if event.series != CASE else None)
def document_numbered(row: Row, event: pb.NumberTaken, fact: Fact) -> None:
    row.update(number=event.text, state=TO_BE_RENDERED)


@document.on(pb.DocumentRendered)
def rendered(row: Row, event: pb.DocumentRendered, fact: Fact) -> None:
    made = {"file": as_dict(event.file), "pages": event.pages}
    row.update(
        state=RENDERED,
        number=event.number,
        versions=[
            {**version, **made} if version["version"] == event.version else version for version in row["versions"]
        ],
    )


@number_taken.on(pb.NumberTaken)
def taken(row: Row, event: pb.NumberTaken, fact: Fact) -> None:
    row.update(series=event.series, year=event.year, text=event.text, for_id=event.for_id, taken_at=fact.occurred_at)


@archive.on(pb.ArchivePackageBuilt)
def archived(row: Row, event: pb.ArchivePackageBuilt, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        matter_id=event.matter_id,
        built=as_dict(event),
        built_at=fact.occurred_at,
    )


@case_review.on(pb.ReviewOpened)
def review_opened(row: Row, event: pb.ReviewOpened, fact: Fact) -> None:
    row.update(began_position=fact.position, matter_id=event.matter_id, stage=ReviewStage.OPEN, opened=as_dict(event))


@case_review.on(pb.ReviewCompleted)
def review_completed(row: Row, event: pb.ReviewCompleted, fact: Fact) -> None:
    row.update(stage=ReviewStage.REWORK if event.rework else ReviewStage.DONE, completed=as_dict(event))


@case_review.on(pb.ReworkReported)
def rework_reported(row: Row, event: pb.ReworkReported, fact: Fact) -> None:
    row["stage"] = ReviewStage.REPORTED


@case_review.on(pb.ReworkAccepted)
def rework_accepted(row: Row, event: pb.ReworkAccepted, fact: Fact) -> None:
    row["stage"] = ReviewStage.DONE


@case_review.on(pb.ReworkReturned)
def rework_returned(row: Row, event: pb.ReworkReturned, fact: Fact) -> None:
    row["stage"] = ReviewStage.REWORK
