"""A proof holds by itself, and shows every damage; the other side's file confirms it byte for byte."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.transfer.v1 import events_pb2 as pb

from services.kernel.messages import encode
from services.kernel.proof import NotAProof, Problem, Proof, Record, check, compare, dump, load
from services.kernel.proof.comparing import Kind, NotComparable
from services.kernel.proof.form import Content
from tests.support.members import CATALOGUE, again, registry
from tests.support.proofs import SENT_EVENT, SIGNED_EVENT, Pair, transferred


def test_the_bureau_proves_alone_what_it_sent_what_it_got_and_when():
    bureau, _ = transferred().proofs()
    checked = check(bureau, CATALOGUE)
    assert checked.findings == ()
    sent, signed = checked.statements
    assert sent.receipt is not None
    assert pb.CaseTransferred.FromString(sent.value or b"").facts == SENT_EVENT.facts
    assert sent.receipt.issuer == "ga-510521"
    assert pb.ReferralReceiptSigned.FromString(signed.value or b"") == SIGNED_EVENT
    assert (checked.hashes, checked.opened, checked.receipts) == (2, 2, 2)


def test_the_police_prove_alone_when_they_accepted():
    _, police = transferred().proofs()
    checked = check(police, CATALOGUE)
    assert checked.findings == ()
    assert [one.sent for one in checked.statements] == [False, True]


def test_both_files_confirm_each_other_byte_for_byte():
    bureau, police = (check(one, CATALOGUE) for one in transferred().proofs())
    found = compare(bureau, police)
    assert found.differences == ()
    assert found.confirmed == {one.env_hash for one in bureau.statements}
    assert compare(police, bureau).confirmed == found.confirmed


def test_the_file_is_the_same_text_again():
    for proof in transferred().proofs():
        assert load(dump(proof)) == proof
        assert dump(load(dump(proof))) == dump(proof)


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace(b" ", b"", 1),
        lambda text: text[:-1],
        lambda text: text.replace(b"enforcement.proof/1", b"enforcement.proof/2"),
        lambda text: b"[]",
        lambda text: b"",
        lambda text: text.replace(b'"records"', b'"more": 1, "records"', 1),
        lambda text: b"\xff" + text,
    ],
    ids=["spaced", "shortened", "other format", "other shape", "empty", "more fields", "no text"],
)
def test_another_form_is_no_proof(edit: Callable[[bytes], bytes]):
    with pytest.raises(NotAProof):
        load(edit(dump(transferred().proofs()[0])))


def _first(change: Callable[[Record], Record]) -> Callable[[Proof], Proof]:
    return lambda proof: replace(proof, records=(change(proof.records[0]), *proof.records[1:]))


def _second(change: Callable[[Record], Record]) -> Callable[[Proof], Proof]:
    return lambda proof: replace(proof, records=(proof.records[0], change(proof.records[1])))


def _sent(**changes: object) -> Callable[[Proof], Proof]:
    return _first(lambda record: replace(record, sent=(replace(record.sent[0], **changes),)))  # type: ignore[arg-type]


def _received(**changes: object) -> Callable[[Proof], Proof]:
    return _second(lambda record: replace(record, received=replace(record.received, **changes)))  # type: ignore


def _body(wire: bytes) -> bytes:
    return again(wire, body=b"other" + wire_pb.Envelope.FromString(wire).body[5:])


def _header(wire: bytes) -> bytes:
    header = wire_pb.Header.FromString(wire_pb.Envelope.FromString(wire).header)
    header.occurred_us -= 86_400_000_000
    return again(wire, header=header.SerializeToString(deterministic=True))


def _other_facts(record: Record) -> Record:
    event = pb.CaseTransferred.FromString(record.body or b"")
    event.facts = "另一事实"
    return replace(record, body=encode(event))


DAMAGES: dict[str, tuple[Callable[[Proof], Proof], set[Problem]]] = {
    "own event rewritten": (_first(_other_facts), {Problem.HASH}),
    "told something else": (_sent(value=encode(SIGNED_EVENT)), {Problem.CONTENT}),
    "another salt": (_sent(salt=bytes(16)), {Problem.CONTENT}),
    "another recipient": (_sent(recipient="jcy-510521"), {Problem.HEADER, Problem.RECEIPT}),
    "later recorded": (
        _first(lambda one: replace(one, recorded_at=one.recorded_at.replace(year=2025))),
        {Problem.HEADER},
    ),
    "position twice": (_second(lambda one: replace(one, position=1)), {Problem.ORDER}),
    "received event rewritten": (_second(lambda one: replace(one, body=b"")), {Problem.HASH}),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_found(name: str):
    damage, problems = DAMAGES[name]
    checked = check(damage(transferred().proofs()[0]), CATALOGUE)
    assert {finding.problem for finding in checked.findings} == problems


def test_an_envelope_whose_date_was_changed_has_no_signature():
    proof = transferred().proofs()[0]
    wire = _header(proof.records[0].sent[0].wire)
    checked = check(_sent(wire=wire)(proof), CATALOGUE)
    assert [finding.problem for finding in checked.findings] == [Problem.ENVELOPE]
    assert len(checked.statements) == 1


def test_a_changed_body_is_found():
    proof = transferred().proofs()[0]
    assert proof.records[1].received is not None
    for damaged in (
        _sent(wire=_body(proof.records[0].sent[0].wire))(proof),
        _received(wire=_body(proof.records[1].received.wire))(proof),
    ):
        assert [finding.problem for finding in check(damaged, CATALOGUE).findings] == [Problem.BODY]


def test_a_receipt_of_another_envelope_is_none():
    pair = transferred()
    pair.tell(pair.bureau, pair.police, SENT_EVENT)
    proof = pair.proofs()[0]
    other = proof.records[2].sent[0].receipt
    checked = check(_sent(receipt=other)(replace(proof, records=proof.records[:2])), CATALOGUE)
    assert [finding.problem for finding in checked.findings] == [Problem.RECEIPT]
    assert checked.statements[0].receipt is None


def test_a_signature_by_a_key_outside_the_registry_is_none():
    pair, stranger = transferred(), Pair()
    bureau = pair.bureau.proof([registry(pair.bureau.party, stranger.police.party)])
    problems = {finding.problem for finding in check(bureau, CATALOGUE).findings}
    assert problems == {Problem.RECEIPT, Problem.ENVELOPE}


def test_a_registry_that_is_not_the_file_of_its_digest_gives_no_keys():
    proof = transferred().proofs()[0]
    wrong = replace(proof.registries[0], digest=bytes(32))
    problems = [finding.problem for finding in check(replace(proof, registries=(wrong,)), CATALOGUE).findings]
    assert problems[0] is Problem.REGISTRY
    assert set(problems[1:]) == {Problem.ENVELOPE}


def test_without_content_signatures_and_receipts_still_hold():
    proof = transferred().proofs()[0]
    records = tuple(
        replace(one, meta=None, body=None, sent=tuple(replace(each, salt=None, value=None) for each in one.sent))
        for one in proof.records
    )
    checked = check(replace(proof, content=Content.NONE, records=records), CATALOGUE)
    assert checked.findings == ()
    assert (len(checked.statements), checked.receipts, checked.opened, checked.hashes) == (2, 2, 0, 0)


def _differences(bureau: Proof, police: Proof) -> list[Kind]:
    found = compare(check(bureau, CATALOGUE), check(police, CATALOGUE))
    return [one.kind for one in found.differences]


def test_what_the_receiver_leaves_out_is_named_by_its_receipt():
    bureau, police = transferred().proofs()
    assert _differences(bureau, replace(police, records=police.records[1:])) == [Kind.MISSING_AT_RECEIVER]


def test_what_the_sender_leaves_out_is_named_by_its_signature():
    bureau, police = transferred().proofs()
    assert _differences(replace(bureau, records=bureau.records[1:]), police) == [Kind.MISSING_AT_SENDER]


def test_what_is_still_on_its_way_is_no_contradiction():
    pair = transferred()
    pair.tell(pair.bureau, pair.police, SENT_EVENT, arrives=False)
    found = compare(*(check(one, CATALOGUE) for one in pair.proofs()))
    assert (len(found.confirmed), len(found.unanswered), found.differences) == (2, 1, ())


def test_a_receipt_that_has_not_come_back_yet_is_shown_by_its_issuer():
    pair = Pair()
    pair.tell(pair.bureau, pair.police, SENT_EVENT, answered=False)
    found = compare(*(check(one, CATALOGUE) for one in pair.proofs()))
    assert (len(found.confirmed), found.differences) == (1, ())


def test_two_envelopes_for_one_place_are_shown():
    pair = transferred()
    forked = Pair(bureau=type(pair.bureau)(pair.bureau.party), police=pair.police)
    pair.bureau.party.link = type(pair.bureau.party.link)()
    other = pb.CaseTransferred.FromString(encode(SENT_EVENT))
    other.facts = "另一事实"
    forked.tell(forked.bureau, forked.police, other, arrives=False)
    bureau, police = forked.bureau.proof([pair.registry]), pair.police.proof([pair.registry])
    assert Kind.PLACE in _differences(bureau, police)


def test_a_signature_must_hold_by_the_registries_of_both_sides():
    pair = transferred()
    bureau, _ = pair.proofs()
    police = pair.police.proof([pair.registry])
    alone = replace(police, registries=())
    found = compare(check(bureau, CATALOGUE), replace(check(police, CATALOGUE), registries=check(alone).registries))
    assert {one.kind for one in found.differences} == {Kind.KEY}


def test_files_of_one_authority_or_of_two_processes_are_not_compared():
    bureau, police = (check(one) for one in transferred().proofs())
    with pytest.raises(NotComparable):
        compare(bureau, bureau)
    with pytest.raises(NotComparable):
        compare(bureau, check(replace(police.proof, subject_id="another")))
    with pytest.raises(NotComparable):
        compare(check(replace(bureau.proof, for_id="jcy-510521")), police)
