"""What decisions of cases look up, over real PostgreSQL: the same act, the same incident, a used form."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as captures

from services.cases import lookups
from services.cases.model import Refusal
from services.cases.model.act_inquiry import Subjects
from services.cases.service import SERVICE
from services.kernel.errors import Refused
from services.kernel.rules import Rules
from tests.support.decider import RONGCHANG, YONGCHUAN, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.cases import acts as known
from tests.unit.cases import test_on_spot as spots
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, FILED, PARTY, changed

VEHICLE = pb.Vehicle(plate="川E12345", plate_colour="蓝")
OTHER = uid("other")
INQUIRY = uid("inquiry")
FILED_AT = "2024-09-08 09:00"


@pytest.fixture
async def cases(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


class Deciding:
    """What a look-up reads of the context."""

    rules = Rules()
    today = date(2024, 9, 9)


async def clue(cases: Reading, case_id: str = CASE, at: str = known.CLUE_AT, **fields: Any) -> None:
    await cases.record("case", on(at, changed(CLUE_REGISTERED, case_id=case_id, **fields)))


async def filed(cases: Reading, case_id: str = OTHER, *then: Any, **fields: Any) -> None:
    """Another case about the vehicle: filed, and what came of it."""
    about = {"party": PARTY, "vehicle": VEHICLE} | fields
    await clue(cases, case_id, **{name: about[name] for name in about if name != "basis"})
    event = changed(FILED, case_id=case_id, case_number="川泸2024-0007", party=about["party"])
    await cases.record("case", on(FILED_AT, event), *(on(FILED_AT, changed(one, case_id=case_id)) for one in then))


PAYMENT = collection.PaymentRecorded(
    collection_id=uid("collection"), case_id=CASE, account=collection.ACCOUNT_FINE, amount_fen=400_000
)


async def test_what_is_paid_of_the_fine_is_what_came_in_less_what_was_moved_or_paid_back(cases):
    other = changed(PAYMENT, collection_id=uid("other collection"), case_id=OTHER)
    await cases.record("collection", other)
    await cases.record(
        "collection",
        PAYMENT,
        changed(PAYMENT, amount_fen=600_000),
        collection.FineCollectedOnSite(collection_id=uid("collection"), case_id=CASE, amount_fen=100_000),
        changed(PAYMENT, account=collection.ACCOUNT_CONFISCATION),
        collection.DifferenceResolved(
            collection_id=uid("collection"),
            case_id=CASE,
            from_account=collection.ACCOUNT_FINE,
            to_account=collection.ACCOUNT_CONFISCATION,
            moved_fen=60_000,
        ),
        collection.RefundExecuted(
            collection_id=uid("collection"), case_id=CASE, account=collection.ACCOUNT_FINE, amount_fen=40_000
        ),
        # The bank paid back what it had taken back before: no money of this fine went.
        collection.RefundExecuted(
            collection_id=uid("collection"),
            case_id=CASE,
            account=collection.ACCOUNT_FINE,
            amount_fen=500_000,
            uncovered_fen=500_000,
        ),
    )
    request = sanctions.ReviewSetOffRequest(case_id=CASE)
    assert await lookups.paid_by_now(cases, request, Deciding) == 1_000_000  # type: ignore[arg-type]
    nobody = sanctions.NoteCriminalOutcomeRequest(case_id=uid("nobody"))
    assert await lookups.paid_before_judgment(cases, nobody, Deciding) == 0  # type: ignore[arg-type]


FINED = (known.PENALISED,)
REVOKED = (known.PENALISED, decisions.DecisionRevoked(case_id=CASE))
WARNED = (changed(known.PENALISED, penalties=[pb.Penalty(kind=pb.PENALTY_KIND_WARNING)]),)


@pytest.mark.parametrize(
    ("imported", "paid"),
    [({"paid_fine_fen": 300_000}, 300_000), ({"performed": True}, 1_000_000), ({}, 0)],
    ids=["in part", "performed", "nothing"],
)
async def test_what_was_paid_before_a_case_came_from_an_older_system_counts_too(cases, imported, paid):
    case = imports.ImportedCase(act_code="RTR-63-2", act_on="2024-06-01", penalties=[known.FINE], **imported)
    await cases.record("case", imports.CaseImported(case_id=CASE, decided_on="2024-08-01", imported=case))
    request = sanctions.ReviewSetOffRequest(case_id=CASE)
    assert await lookups.paid_by_now(cases, request, Deciding) == paid  # type: ignore[arg-type]


async def before_filing(cases: Reading, **fields: Any) -> Any:
    request = commands.FileCaseRequest(case_id=CASE, **fields)
    return await lookups.before_filing(cases, request, Deciding)  # type: ignore[arg-type]


async def test_a_case_of_ones_own_about_the_same_party_and_act_is_found(cases):
    await filed(cases)
    await clue(cases, vehicle=VEHICLE)
    (match,) = (await before_filing(cases, party=PARTY)).matches
    assert (match.case_number, match.state, match.authority_id) == ("川泸2024-0007", acts.ACT_MATCH_STATE_FILED, "")
    assert match.matched_by == acts.ACT_SUBJECT_KIND_PARTY


async def test_a_vehicle_is_enough_while_the_party_is_not_known(cases):
    await filed(cases)
    await clue(cases, vehicle=VEHICLE)
    (match,) = (await before_filing(cases, party=pb.Party(name="某人"))).matches
    assert match.matched_by == acts.ACT_SUBJECT_KIND_VEHICLE


@pytest.mark.parametrize(
    "fields",
    [
        {"party": changed(PARTY, id_number="510521199001019999")},
        {"act_code": "RTR-68"},
        {"act_on": "2024-09-04"},
        {"vehicle": changed(VEHICLE, plate_colour="黄"), "party": pb.Party(name="无证")},
    ],
    ids=["another party of the vehicle", "another act", "another day", "another colour"],
)
async def test_another_party_act_day_or_vehicle_is_another_act(cases, fields):
    await filed(cases, **fields)
    await clue(cases, vehicle=VEHICLE)
    assert (await before_filing(cases, party=PARTY)).matches == ()


async def test_the_days_of_an_act_that_went_on_are_compared_with_one_day_around(cases):
    await filed(cases, act_on="2024-08-01", act_ended_on="2024-09-05")
    await clue(cases)
    assert len((await before_filing(cases, party=PARTY)).matches) == 1


async def test_the_parties_of_one_incident_share_its_vehicle_and_are_told_apart(cases):
    incident = {"incident_id": uid("incident")}
    await filed(cases, OTHER, party=pb.Party(name="车主"), **incident)
    await filed(cases, uid("elsewhere"), party=pb.Party(name="另案车主"))
    await clue(cases, vehicle=VEHICLE, **incident)
    assert [match.case_number for match in (await before_filing(cases, party=PARTY)).matches] == ["川泸2024-0007"]
    await filed(cases, uid("driver is owner"), **incident)
    kinds = [match.matched_by for match in (await before_filing(cases, party=PARTY)).matches]
    assert sorted(kinds) == [acts.ACT_SUBJECT_KIND_PARTY, acts.ACT_SUBJECT_KIND_VEHICLE]


async def test_within_one_incident_another_norm_is_no_other_act_of_the_same_party(cases):
    """One act that breaks several norms is fined once, by the highest (art. 29)."""
    incident = {"incident_id": uid("incident")}
    await filed(cases, OTHER, *FINED, act_code="HPR-66", **incident)
    await filed(cases, uid("elsewhere"), *FINED, act_code="HPR-66", incident_id=uid("another incident"))
    await clue(cases, vehicle=VEHICLE, **incident)
    (match,) = (await before_filing(cases, party=PARTY)).matches
    assert (match.act_code, match.state) == ("HPR-66", acts.ACT_MATCH_STATE_FINED)
    assert match.matched_by == acts.ACT_SUBJECT_KIND_PARTY
    assert (await before_filing(cases, party=changed(PARTY, id_number="510521199001019999"))).matches == ()


async def test_the_colour_of_a_plate_is_the_same_however_it_is_said(cases):
    await filed(cases, vehicle=changed(VEHICLE, plate_colour="蓝色"), party=pb.Party(name="车主"))
    await clue(cases, vehicle=changed(VEHICLE, plate_colour="蓝牌"))
    assert len((await before_filing(cases, party=pb.Party(name="某人"))).matches) == 1


async def test_what_was_not_filed_or_is_the_case_itself_is_no_other_case(cases):
    await clue(cases, OTHER, party=PARTY, vehicle=VEHICLE)
    await clue(cases, party=PARTY, vehicle=VEHICLE)
    await cases.record("case", on(known.FILED_AT, FILED))
    found = await lookups.before_decision(cases, commands.DecideRequest(case_id=CASE), Deciding)  # type: ignore[arg-type]
    assert found.matches == ()


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), acts.ACT_MATCH_STATE_FILED),
        (FINED, acts.ACT_MATCH_STATE_FINED),
        ((*FINED, known.CLOSED), acts.ACT_MATCH_STATE_FINED),
        (REVOKED, acts.ACT_MATCH_STATE_FILED),
        (WARNED, acts.ACT_MATCH_STATE_FILED),
        ((*WARNED, known.CLOSED), acts.ACT_MATCH_STATE_CLOSED),
        ((side.AdministrativeTransferNoted(accepted=True),), acts.ACT_MATCH_STATE_CLOSED),
    ],
    ids=["open", "fined", "fined and closed", "revoked", "warned", "closed without a fine", "handed on"],
)
async def test_a_case_is_fined_while_a_fine_stands(cases, events, state):
    await filed(cases, OTHER, *events)
    await clue(cases)
    assert [match.state for match in (await before_filing(cases, party=PARTY)).matches] == [state]


async def test_a_fine_on_the_spot_counts_and_its_form_is_used(cases):
    spot = changed(spots.OBSERVED, act_code="RTR-63-2")
    await cases.record("on_spot", on("2024-09-06 09:00", spot), on("2024-09-06 09:10", spots.DECIDED))
    await clue(cases)
    (match,) = (await before_filing(cases, party=PARTY)).matches
    assert (match.case_number, match.state) == (spots.DECIDED.form_number, acts.ACT_MATCH_STATE_FINED)
    request = on_spot.DecideOnSpotRequest(on_spot_id=uid("second"), form_number=spots.DECIDED.form_number)
    assert (await lookups.before_on_spot(cases, request, Deciding)).form_number_used  # type: ignore[arg-type]
    request.on_spot_id = spots.ID
    assert not (await lookups.before_on_spot(cases, request, Deciding)).form_number_used  # type: ignore[arg-type]


async def test_the_newest_answer_of_each_authority_counts_and_who_has_not_answered_is_named(cases):
    await clue(cases)
    both = acts.ActInquirySent(inquiry_id=INQUIRY, recipient_ids=[YONGCHUAN.id, RONGCHANG.id], matter_id=CASE)
    old = acts.ActMatch(state=acts.ACT_MATCH_STATE_FILED, case_number="永川1")
    new = changed(old, state=acts.ACT_MATCH_STATE_FINED)
    answer = acts.ActAnswerRecorded(inquiry_id=INQUIRY, responder_id=YONGCHUAN.id, matter_id=CASE, matches=[old])
    await cases.record("act_inquiry", both, answer)
    found = await before_filing(cases, party=PARTY)
    assert [(match.authority_id, match.state) for match in found.matches] == [(YONGCHUAN.id, old.state)]
    assert found.unanswered == (RONGCHANG.id,)
    again = acts.ActInquirySent(inquiry_id=uid("again"), recipient_ids=[YONGCHUAN.id], matter_id=CASE)
    await cases.record("act_inquiry", again)
    assert (await before_filing(cases, party=PARTY)).unanswered == (YONGCHUAN.id, RONGCHANG.id)
    newer = changed(answer, inquiry_id=uid("again"), matches=[new])
    await cases.record("act_inquiry", newer)
    assert [match.state for match in (await before_filing(cases, party=PARTY)).matches] == [new.state]


def inquiry(**fields: Any) -> acts.AnswerActInquiryRequest:
    request = acts.AnswerActInquiryRequest(
        inquiry_id=INQUIRY,
        requester_id=YONGCHUAN.id,
        subjects=Subjects.of(PARTY, VEHICLE).digests(INQUIRY),
        act_codes=["RTR-63-2"],
        from_on="2024-09-05",
        to_on="2024-09-07",
    )
    return changed(request, **fields)


async def test_an_answer_names_state_number_id_act_and_time_and_nothing_else(cases):
    await filed(cases, OTHER, *FINED)
    found = await lookups.found_cases(cases, inquiry(), Deciding)  # type: ignore[arg-type]
    (match,) = found.matches
    assert {field.name for field, _ in match.ListFields()} == {
        "state",
        "case_number",
        "act_code",
        "filed_at",
        "matched_by",
        "case_id",
    }
    assert found.complete


@pytest.mark.parametrize(
    "fields",
    [
        {"act_codes": ["RTR-68"]},
        {"from_on": "2024-09-07", "to_on": "2024-09-09"},
        {"subjects": Subjects.of(PARTY, VEHICLE).digests(uid("another inquiry"))},
    ],
    ids=["another act", "other days", "digests of another inquiry"],
)
async def test_an_answer_is_about_what_was_asked(cases, fields):
    await filed(cases)
    assert (await lookups.found_cases(cases, inquiry(**fields), Deciding)).matches == ()  # type: ignore[arg-type]


async def test_a_penalty_on_the_spot_that_was_revoked_is_no_earlier_violation(cases):
    about = changed(spots.OBSERVED, act_code="RTR-63-2", party=PARTY)
    await cases.record("on_spot", on("2024-09-06 09:00", about), on("2024-09-06 09:10", spots.DECIDED))
    asked = inquiry(first_violation=True)
    known_before = await lookups.found_cases(cases, asked, Deciding)  # type: ignore[arg-type]
    assert [one.act_code for one in known_before.offences] == ["RTR-63-2"]
    await cases.record("on_spot", on_spot.OnSpotRevoked(on_spot_id=spots.ID, reason="适用依据错误"))
    revoked = await lookups.found_cases(cases, asked, Deciding)  # type: ignore[arg-type]
    assert (revoked.offences, revoked.offences_known) == ((), True)


async def test_an_answer_that_would_compare_too_many_cases_says_so(cases, monkeypatch):
    monkeypatch.setattr(lookups, "CANDIDATES_MAX", 1)
    await filed(cases)
    assert (await lookups.found_cases(cases, inquiry(), Deciding)).complete  # type: ignore[arg-type]
    await filed(cases, uid("third"))
    assert not (await lookups.found_cases(cases, inquiry(), Deciding)).complete  # type: ignore[arg-type]


async def test_an_inquiry_asks_about_the_days_of_the_act_and_one_around(cases):
    await clue(cases, vehicle=VEHICLE, act_on="2024-09-01", act_ended_on="2024-09-06")
    request = acts.AskAboutActRequest(inquiry_id=INQUIRY, matter_id=CASE)
    asked = await lookups.asked_act(cases, request, Deciding)  # type: ignore[arg-type]
    assert asked is not None
    assert (asked.act_code, asked.from_on, asked.to_on) == ("RTR-63-2", date(2024, 8, 31), date(2024, 9, 7))
    assert list(asked.subjects) == Subjects.of(pb.Party(), VEHICLE).digests(INQUIRY)
    request.matter_id = uid("unknown")
    assert await lookups.asked_act(cases, request, Deciding) is None  # type: ignore[arg-type]


async def test_the_cases_of_an_incident_are_counted_without_those_turned_down(cases):
    incident = uid("incident")
    for n, role in enumerate((pb.INCIDENT_ROLE_VEHICLE, pb.INCIDENT_ROLE_DRIVER, pb.INCIDENT_ROLE_COMPANY)):
        await clue(cases, uid(f"of incident {n}"), incident_id=incident, incident_role=role)
    await cases.record("case", pb.CaseNotFiled(case_id=uid("of incident 2")))
    request = commands.RegisterClueRequest(incident_id=incident)
    found = await lookups.incident_cases(cases, request, Deciding)  # type: ignore[arg-type]
    assert sorted(found.roles) == [pb.INCIDENT_ROLE_VEHICLE, pb.INCIDENT_ROLE_DRIVER]


PICTURE = common.BlobRef(sha256=bytes(range(32)), size=9)
RECORDED = captures.CaptureRecorded(
    capture_id=uid("capture"), pictures=[captures.Picture(kind=captures.PICTURE_KIND_PLATE, file=PICTURE)]
)
VIOLATES = captures.CaptureChecked(
    capture_id=uid("capture"), passed=True, assessment=captures.Assessment(violation=True)
)
ADOPTED = captures.CaptureAdopted(capture_id=uid("capture"), incident_id=uid("incident"))


async def record(cases: Reading, *events: Any) -> None:
    await cases.record("case", *events, stream_id=UUID(events[0].capture_id))


async def test_only_an_adopted_record_of_a_device_is_known_as_that(cases):
    request = commands.AddEvidenceRequest(capture_id=uid("capture"))
    await record(cases, RECORDED, VIOLATES)
    assert not await lookups.record_adopted(cases, request, Deciding)  # type: ignore[arg-type]
    await record(cases, ADOPTED)
    assert await lookups.record_adopted(cases, request, Deciding)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("look_up", "request_"),
    [
        (lookups.record_adopted, commands.AddEvidenceRequest(file=PICTURE)),
        (lookups.incident_cases, commands.RegisterClueRequest(attachments=[PICTURE])),
        (
            lookups.record_on_the_spot,
            on_spot.ObserveOnSpotRequest(evidence=[on_spot.OnSpotEvidence(), on_spot.OnSpotEvidence(file=PICTURE)]),
        ),
    ],
    ids=["evidence", "clue", "on the spot"],
)
async def test_a_picture_of_a_record_is_no_evidence_by_another_name_before_it_is_adopted(cases, look_up, request_):
    await look_up(cases, request_, Deciding)
    await record(cases, RECORDED, VIOLATES)
    with pytest.raises(Refused) as refused:
        await look_up(cases, request_, Deciding)
    assert refused.value.code is Refusal.RECORD_NOT_ADOPTED
    assert refused.value.variables["capture"] == uid("capture")
    await record(cases, ADOPTED)
    await look_up(cases, request_, Deciding)


async def test_a_picture_of_a_record_that_shows_no_violation_says_nothing(cases):
    await record(cases, RECORDED, captures.CaptureChecked(capture_id=uid("capture"), passed=True))
    await lookups.record_adopted(cases, commands.AddEvidenceRequest(file=PICTURE), Deciding)  # type: ignore[arg-type]


async def test_no_case_is_filed_under_the_number_of_another(cases):
    await filed(cases)
    await clue(cases)
    with pytest.raises(Refused) as refused:
        await before_filing(cases, party=PARTY, case_number="川泸2024-0007")
    assert refused.value.code is Refusal.CASE_NUMBER_TAKEN
    assert await before_filing(cases, party=PARTY, case_number="川泸2024-0008")


async def test_a_clue_goes_on_in_a_case_of_which_it_is_known_where_it_stands(cases):
    async def stage(case_id: str) -> str:
        asked = commands.NotFileCaseRequest(case_id=CASE, joined_case_id=case_id)
        return await lookups.case_to_join(cases, asked, Deciding)  # type: ignore[arg-type,no-any-return]

    await filed(cases)
    assert [await stage(one) for one in (OTHER, uid("nobody's"), "")] == ["已立案", "", ""]


async def test_a_decision_is_shown_so_many_other_cases_and_those_that_were_fined_first(cases, monkeypatch):
    monkeypatch.setattr(lookups, "MATCHES_MAX", 2)
    for n, then in enumerate(((), (), FINED)):
        await filed(cases, uid(f"another {n}"), *then)
    await clue(cases)
    states = [match.state for match in (await before_filing(cases, party=PARTY)).matches]
    assert states == [acts.ACT_MATCH_STATE_FINED, acts.ACT_MATCH_STATE_FILED]
