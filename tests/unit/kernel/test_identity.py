"""The officers' register at any instant, and tokens."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.identity import OfficerRegister, Tokens, issue_token

LI = "01930000-0000-7000-8000-000000000001"
START = datetime(2024, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text + "T02:00:00+00:00")


def register(*events: tuple[str, object]) -> OfficerRegister:
    found = OfficerRegister("jt-510521")
    found.apply(
        pb.OfficerRegistered(
            officer_id=LI,
            credential_number="川0001",
            valid_from_on="2024-01-01",
            valid_to_on="2026-12-31",
            roles=[options.ROLE_INVESTIGATOR],
        ),
        START,
    )
    for occurred, event in events:
        found.apply(event, day(occurred))  # type: ignore[arg-type]
    return found


def status(found: OfficerRegister, on: str) -> int:
    snapshot = found.at(LI, day(on))
    assert snapshot is not None
    return snapshot.status


def test_a_suspended_credential_is_judged_at_the_time_of_the_act() -> None:
    found = register(
        ("2024-09-20", pb.CredentialSuspended(officer_id=LI)), ("2024-10-20", pb.CredentialRestored(officer_id=LI))
    )
    assert status(found, "2024-09-19") == common.CREDENTIAL_STATUS_ACTIVE
    assert status(found, "2024-09-23") == common.CREDENTIAL_STATUS_SUSPENDED
    assert status(found, "2024-10-21") == common.CREDENTIAL_STATUS_ACTIVE


def test_a_suspension_recorded_late_counts_from_its_own_day() -> None:
    found = register(
        ("2024-10-20", pb.CredentialCancelled(officer_id=LI)), ("2024-09-20", pb.CredentialSuspended(officer_id=LI))
    )
    assert status(found, "2024-09-23") == common.CREDENTIAL_STATUS_SUSPENDED
    assert status(found, "2024-10-21") == common.CREDENTIAL_STATUS_CANCELLED


def test_a_credential_holds_through_its_last_day_in_shanghai() -> None:
    last_minute = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    found = register()
    snapshots = [found.at(LI, last_minute), found.at(LI, last_minute + timedelta(minutes=1))]
    assert [snapshot.status for snapshot in snapshots if snapshot] == [
        common.CREDENTIAL_STATUS_ACTIVE,
        common.CREDENTIAL_STATUS_EXPIRED,
    ]


def test_roles_are_those_of_the_day() -> None:
    found = register(("2024-06-01", pb.RolesAssigned(officer_id=LI, roles=[options.ROLE_LEADER])))
    before, after = found.at(LI, day("2024-05-31")), found.at(LI, day("2024-06-02"))
    assert before is not None
    assert after is not None
    assert (list(before.roles), list(after.roles)) == ([options.ROLE_INVESTIGATOR], [options.ROLE_LEADER])


def test_a_qualification_counts_from_the_day_on_which_it_was_obtained_whenever_it_is_recorded() -> None:
    found = register(("2024-10-20", pb.LegalQualificationRecorded(officer_id=LI, obtained_on="2024-03-01")))
    before, after = found.at(LI, day("2024-02-29")), found.at(LI, day("2024-03-01"))
    assert before is not None
    assert after is not None
    assert (before.legally_qualified_on, after.legally_qualified_on) == ("", "2024-03-01")


def test_nobody_is_known_who_was_never_registered() -> None:
    assert register().at("01930000-0000-7000-8000-00000000ffff", START) is None


ISSUER = Ed25519PrivateKey.generate()


def tokens(authority_id: str = "jt-510521") -> Tokens:
    public = jwt.algorithms.OKPAlgorithm.to_jwk(ISSUER.public_key(), as_dict=True)
    return Tokens(authority_id, {"k1": jwt.PyJWK.from_dict({**public, "kid": "k1", "alg": "EdDSA"})})


@pytest.mark.parametrize("scope", ["device", "portal"])
async def test_a_device_and_the_platform_for_parties_are_no_officers(scope: str) -> None:
    token = issue_token(ISSUER, "k1", subject="wim-438", authority_id="jt-510521", scope=scope)
    assert await tokens().verify(token) == ("wim-438", scope)


async def test_a_token_names_its_subject_and_scope() -> None:
    officer = issue_token(ISSUER, "k1", subject=LI, authority_id="jt-510521")
    administrator = issue_token(ISSUER, "k1", subject="ops", authority_id="jt-510521", administrator=True)
    assert await tokens().verify(officer) == (LI, "officer")
    assert await tokens().verify(administrator) == ("ops", "administrator")


COLLECTOR = Ed25519PrivateKey.generate()


def key_set(private: Ed25519PrivateKey, kid: str) -> dict[str, jwt.PyJWK]:
    public = jwt.algorithms.OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {kid: jwt.PyJWK.from_dict({**public, "kid": kid, "alg": "EdDSA"})}


def both() -> Tokens:
    return Tokens("jt-510521", key_set(ISSUER, "k1"), key_set(COLLECTOR, "k1"))


async def test_the_collecting_side_is_whom_its_own_issuer_names() -> None:
    token = issue_token(COLLECTOR, "k1", subject="bank", authority_id="jt-510521", collector=True)
    assert await both().verify(token) == ("bank", "collector")


@pytest.mark.parametrize(
    "token",
    [
        issue_token(ISSUER, "k1", subject="bank", authority_id="jt-510521", collector=True),
        issue_token(COLLECTOR, "k1", subject=LI, authority_id="jt-510521"),
        issue_token(COLLECTOR, "k1", subject="ops", authority_id="jt-510521", administrator=True),
        issue_token(COLLECTOR, "k1", subject="bank", authority_id="jt-500118", collector=True),
    ],
    ids=["collector by the officers' issuer", "officer by the bank", "administrator by the bank", "another authority"],
)
async def test_neither_issuer_speaks_for_the_other(token: str) -> None:
    with pytest.raises(Refused) as refused:
        await both().verify(token)
    assert refused.value.code == KernelRefusal.NOT_IDENTIFIED


def test_officers_and_the_collecting_side_may_not_share_a_key() -> None:
    with pytest.raises(ValueError, match="share 1 key"):
        Tokens("jt-510521", key_set(ISSUER, "k1"), key_set(ISSUER, "k2"))


async def test_without_a_collecting_side_no_token_is_one() -> None:
    with pytest.raises(Refused):
        await tokens().verify(issue_token(ISSUER, "k1", subject="bank", authority_id="jt-510521", collector=True))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "not a token",
        issue_token(ISSUER, "k1", subject=LI, authority_id="jt-500118"),
        issue_token(ISSUER, "unknown", subject=LI, authority_id="jt-510521"),
        issue_token(ISSUER, "k1", subject=LI, authority_id="jt-510521", minutes=-1),
        issue_token(Ed25519PrivateKey.generate(), "k1", subject=LI, authority_id="jt-510521"),
        jwt.encode({"sub": LI, "aud": "jt-510521", "exp": 4102444800}, "", algorithm="none"),
    ],
    ids=["empty", "garbage", "another authority's", "unknown key", "expired", "another issuer's", "unsigned"],
)
async def test_a_token_that_does_not_verify_identifies_nobody(token: str) -> None:
    with pytest.raises(Refused) as refused:
        await tokens().verify(token)
    assert refused.value.code == KernelRefusal.NOT_IDENTIFIED
