"""An officer is given a file of a matter with a reason to see it, after the ledger has it; nobody else is."""

from collections.abc import AsyncIterator, Collection
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.blobs.v1 import service_pb2 as pb
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import opinion_pb2 as opinions
from google.protobuf.message import Message

from services.kernel.blobs import Refusal
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.file_access import FileAccess, Handled
from services.kernel.identity import Actor
from services.kernel.ledger import Append, Ledger, NewEvent, uuid7
from services.kernel.messages import encode, type_name
from services.kernel.rpc import Call
from tests.support.decider import CHIEF, HEAD, LEADER, LI, NOON, WANG, acting, uid

CASE = uid("case")
FILE = sha256(b"a film").digest()
BLOB = common.BlobRef(sha256=FILE, size=6, media_type="video/mp4", file_name="film.mp4")
EVIDENCE = cases.EvidenceAdded(case_id=CASE, file=BLOB)
SERVED = cases.DecisionServed(case_id=CASE)
SERVED.delivery.recordings.append(BLOB)


@pytest.fixture
async def ledger(database: str) -> AsyncIterator[Ledger]:
    async with Ledger.open(database) as opened:
        yield opened


async def recorded(ledger: Ledger, event: Message, *, actor: str, relied_on: Collection[Any] = (), origin: str = ""):
    """Appends an act on the case."""
    noted = meta.Meta(
        actor=actor, occurred_us=1, officers=relied_on, origin=meta.Origin(authority=origin) if origin else None
    )
    stream = UUID(CASE)
    known = await ledger.read_stream(stream)
    await ledger.append(
        Append(
            command_id=uuid7(),
            digest=sha256(encode(event)).digest(),
            stream_id=stream,
            category="case",
            expected_version=known.version,
            events=(NewEvent(type_name(event), encode(event), encode(noted)),),
            correlation_id=stream,
            causation_id=stream,
        )
    )


async def asked(ledger: Ledger, actor: Actor, *, handlers: Any = None, **request: Any) -> None:
    """Asks for the film for the handling of the case."""
    wanted = {"sha256": FILE, "purpose": audit.PURPOSE_CASE_HANDLING, "subject_id": CASE, **request}
    access = FileAccess(ledger, [handlers] if handlers else [])
    await access.require(pb.DownloadRequest(**wanted), Call(actor, NOON, 5.0))


async def refused(ledger: Ledger, actor: Actor, **request: Any) -> Any:
    with pytest.raises(Refused) as caught:
        await asked(ledger, actor, **request)
    assert await accesses(ledger) == []
    return caught.value.code


async def accesses(ledger: Ledger) -> list[audit.PersonalDataAccessed]:
    events = (await ledger.read(0, types=(type_name(audit.PersonalDataAccessed),))).events
    return [audit.PersonalDataAccessed.FromString(event.body) for event in events]


@pytest.mark.parametrize("event", [EVIDENCE, SERVED], ids=["a field", "a list inside a field"])
async def test_who_acted_on_the_case_is_given_what_its_events_name_and_it_is_on_record(ledger, event):
    await recorded(ledger, event, actor=LI.officer_id)
    await asked(ledger, acting(LI))
    [access] = await accesses(ledger)
    assert (access.officer_id, access.purpose, access.method) == (
        LI.officer_id, audit.PURPOSE_CASE_HANDLING, "blobs.Download",
    )  # fmt: skip
    assert (list(access.subject_ids), list(access.fields)) == ([CASE], [f"file {FILE.hex()}"])


async def test_whom_an_act_relied_on_is_given_it(ledger):
    await recorded(ledger, EVIDENCE, actor=LI.officer_id, relied_on=[WANG])
    await asked(ledger, acting(WANG))
    assert len(await accesses(ledger)) == 1


async def test_who_handles_the_matter_that_it_belongs_to_is_given_it(ledger):
    async def handlers(subject_id: str) -> Handled:
        return Handled([WANG.officer_id]) if subject_id == CASE else Handled()

    await recorded(ledger, EVIDENCE, actor=LI.officer_id)
    await asked(ledger, acting(WANG), handlers=handlers)
    assert len(await accesses(ledger)) == 1


async def test_whose_role_sees_all_of_every_matter_is_given_it(ledger):
    await recorded(ledger, EVIDENCE, actor=LI.officer_id)
    await asked(ledger, acting(HEAD))
    assert len(await accesses(ledger)) == 1


async def test_what_is_closed_is_for_its_officers_and_the_principal_head(ledger):
    async def team(subject_id: str) -> Handled:
        return Handled([WANG.officer_id], closed=True)

    await recorded(ledger, EVIDENCE, actor=LI.officer_id)
    assert await refused(ledger, acting(LEADER), handlers=team) is Refusal.FILE_NOT_SHOWN
    await asked(ledger, acting(WANG), handlers=team)
    await asked(ledger, acting(HEAD), handlers=team)
    assert len(await accesses(ledger)) == 2


async def test_what_names_its_roles_is_for_them_and_its_officers_and_not_for_who_acted_on_it(ledger):
    async def readers(subject_id: str) -> Handled:
        return Handled([WANG.officer_id], roles=[options.ROLE_LEADER])

    await recorded(ledger, EVIDENCE, actor=LI.officer_id)
    for outside in (LI, CHIEF):
        assert await refused(ledger, acting(outside), handlers=readers) is Refusal.FILE_NOT_SHOWN
    for inside in (WANG, LEADER):
        await asked(ledger, acting(inside), handlers=readers)
    without = {"handlers": readers, "purpose": audit.PURPOSE_UNSPECIFIED}
    with pytest.raises(Refused):
        await asked(ledger, acting(LEADER), **without)


async def test_what_of_the_criminal_stage_only_anothers_event_names_is_given_under_the_own_matter(ledger):
    issued = opinions.OpinionIssued(opinion_id=CASE)
    issued.content.document.CopyFrom(BLOB)
    await recorded(ledger, issued, actor="jcy-510521", origin="jcy-510521")
    assert await refused(ledger, acting(HEAD)) is KernelRefusal.NOT_FOUND
    received = opinions.OpinionReceived(opinion_case_id=CASE)
    received.content.document.CopyFrom(BLOB)
    await recorded(ledger, received, actor=LI.officer_id)
    await asked(ledger, acting(HEAD))


async def test_an_investigator_of_other_cases_is_not(ledger):
    await recorded(ledger, EVIDENCE, actor=LI.officer_id)
    assert await refused(ledger, acting(WANG)) is Refusal.FILE_NOT_SHOWN


@pytest.mark.parametrize("without", [{"purpose": audit.PURPOSE_UNSPECIFIED}, {"subject_id": ""}])
async def test_nobody_is_given_a_file_without_purpose_and_subject(ledger, without):
    await recorded(ledger, EVIDENCE, actor=HEAD.officer_id)
    assert await refused(ledger, acting(HEAD), **without) is Refusal.FILE_NOT_SHOWN


async def test_a_file_that_no_event_of_the_subject_names_is_not_found_there(ledger):
    await recorded(ledger, cases.EvidenceAdded(case_id=CASE), actor=HEAD.officer_id)
    assert await refused(ledger, acting(HEAD)) is KernelRefusal.NOT_FOUND
    assert await refused(ledger, acting(HEAD), subject_id=uid("nothing")) is KernelRefusal.NOT_FOUND


async def test_officers_of_the_authority_that_sent_an_event_have_no_part_here(ledger):
    await recorded(ledger, EVIDENCE, actor="jt-500118", relied_on=[WANG], origin="jt-500118")
    assert await refused(ledger, acting(WANG)) is Refusal.FILE_NOT_SHOWN


async def test_the_platform_for_parties_shows_what_its_answers_name(ledger):
    await asked(ledger, Actor("portal", "portal"), purpose=audit.PURPOSE_UNSPECIFIED, subject_id="")
    assert await accesses(ledger) == []
