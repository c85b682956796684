"""What an officer's device signs, and when its key counts."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.joint_operations.v1 import service_pb2 as joint
from enforcement.officers.v1 import events_pb2 as officers

from services.kernel.devices import digest_of, is_proven, key_id, possession, statement, verified
from services.kernel.identity import OfficerRegister

AUTHORITY = "jt-510521"
LI, WANG = "01930000-0000-7000-8000-000000000001", "01930000-0000-7000-8000-000000000002"
METHOD = "enforcement.joint_operations.v1.JointOperationsService.RecordEducation"
DEVICE = Ed25519PrivateKey.generate()
PUBLIC = DEVICE.public_key().public_bytes_raw()
KEY_ID = key_id(AUTHORITY, LI, PUBLIC)
START = datetime(2024, 1, 1, tzinfo=UTC)
LESSON = joint.RecordEducationRequest(command_id=LI, checkpoint_id="B", head_count=3, topic="超限")


def signed(command: joint.RecordEducationRequest, *, method: str = METHOD, authority: str = AUTHORITY):
    return KEY_ID, DEVICE.sign(statement(authority, method, digest_of(command)))


def test_a_signature_fits_its_command():
    found = verified(PUBLIC, AUTHORITY, METHOD, LESSON, signed(LESSON))
    assert found is not None
    assert (found.key_id, found.command_sha256) == (KEY_ID, digest_of(LESSON))


@pytest.mark.parametrize(
    "other",
    [
        signed(joint.RecordEducationRequest(command_id=LI, checkpoint_id="B", head_count=4, topic="超限")),
        signed(LESSON, method=METHOD.replace("Education", "Finding")),
        signed(LESSON, authority="jt-500118"),
        (KEY_ID, bytes(64)),
        (KEY_ID, b""),
    ],
    ids=["another command", "another method", "another authority", "zeros", "nothing"],
)
def test_a_signature_fits_nothing_else(other):
    assert verified(PUBLIC, AUTHORITY, METHOD, LESSON, other) is None


def test_a_key_is_proven_by_who_holds_it_for_one_officer():
    proof = DEVICE.sign(possession(AUTHORITY, LI, PUBLIC))
    assert is_proven(AUTHORITY, LI, PUBLIC, proof)
    assert not is_proven(AUTHORITY, WANG, PUBLIC, proof)
    assert not is_proven("jt-500118", LI, PUBLIC, proof)


def test_a_key_under_which_every_message_is_signed_proves_nothing():
    identity = b"\x01" + bytes(31)
    assert not is_proven(AUTHORITY, LI, identity, identity + bytes(32))


def test_a_key_counts_from_its_registration_until_it_is_revoked():
    register = OfficerRegister(AUTHORITY)
    register.apply(officers.OfficerRegistered(officer_id=LI), START)
    register.apply(officers.DeviceKeyRegistered(officer_id=LI, key_id=KEY_ID, public_key=PUBLIC), START)
    lost = START + timedelta(days=30)
    register.apply(officers.DeviceKeyRevoked(officer_id=LI, key_id=KEY_ID), lost)
    moment = timedelta(microseconds=1)
    found = [register.device_key(LI, KEY_ID, at) for at in (START - moment, START, lost - moment, lost)]
    assert found == [None, PUBLIC, PUBLIC, None]
    assert register.device_key(WANG, KEY_ID, START) is None
