"""Keys of the devices on which officers record without a network."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.officers.v1 import events_pb2 as pb
from enforcement.officers.v1 import service_pb2 as commands

from services.kernel.devices import key_id, possession
from services.officers.model import Refusal, officer
from tests.support.decider import LI, LUXIAN, WANG, given, on
from tests.unit.officers.test_credentials import ADMINISTRATOR, CANCELLED, OFFICER, REGISTERED
from tests.unit.officers.test_views import row

DEVICE = Ed25519PrivateKey.generate()
PUBLIC = DEVICE.public_key().public_bytes_raw()
KEY_ID = key_id(LUXIAN.id, LI.officer_id, PUBLIC)
ADD = commands.RegisterDeviceKeyRequest(
    officer_id=LI.officer_id,
    public_key=PUBLIC,
    proof=DEVICE.sign(possession(LUXIAN.id, LI.officer_id, PUBLIC)),
    device="执法终端3号",
)
ADDED = pb.DeviceKeyRegistered(officer_id=LI.officer_id, key_id=KEY_ID, public_key=PUBLIC, device="执法终端3号")
REVOKE = commands.RevokeDeviceKeyRequest(officer_id=LI.officer_id, key_id=KEY_ID, reason="遗失")
REVOKED = pb.DeviceKeyRevoked(officer_id=LI.officer_id, key_id=KEY_ID, reason="遗失")


def test_an_officer_registers_a_device_that_proves_to_hold_the_key():
    given(officer, REGISTERED).when(ADD, actor=LI).then(ADDED)


def test_a_key_counts_a_few_days_before_its_registration_at_most():
    made = given(officer, on("2024-01-01 09:00", REGISTERED))
    made.when(ADD, actor=LI, at="2024-12-11 12:00", now="2024-12-18 12:00").then(ADDED)
    late = made.when(ADD, actor=LI, at="2024-12-11 11:59", now="2024-12-18 12:00")
    late.refused(Refusal.DEVICE_KEY_BACKDATED, days=7)


def test_a_device_that_does_not_hold_the_key_is_not_registered():
    command = commands.RegisterDeviceKeyRequest()
    command.CopyFrom(ADD)
    command.proof = bytes(64)
    given(officer, REGISTERED).when(command, actor=LI).refused(Refusal.DEVICE_KEY_NOT_PROVEN)


def test_nobody_registers_or_revokes_the_device_of_a_colleague_but_the_administrator():
    given(officer, REGISTERED).when(ADD, actor=WANG).refused(Refusal.DEVICE_KEY_OF_ANOTHER)
    given(officer, REGISTERED, ADDED).when(REVOKE, actor=WANG).refused(Refusal.DEVICE_KEY_OF_ANOTHER)
    given(officer, REGISTERED, ADDED).when(REVOKE, actor=ADMINISTRATOR).then(REVOKED)


def test_a_key_is_registered_once_and_does_not_come_back():
    given(officer, REGISTERED, ADDED).when(ADD, actor=LI).refused(Refusal.DEVICE_KEY_ALREADY)
    given(officer, REGISTERED, ADDED, REVOKED).when(ADD, actor=LI).refused(Refusal.DEVICE_KEY_ALREADY)


def test_only_a_key_in_force_is_revoked():
    given(officer, REGISTERED).when(REVOKE, actor=LI).refused(Refusal.DEVICE_KEY_NOT_REGISTERED, key=KEY_ID.hex())
    given(officer, REGISTERED, ADDED, REVOKED).when(REVOKE, actor=LI).refused(Refusal.DEVICE_KEY_NOT_REGISTERED)


def test_who_has_no_credential_any_more_gets_no_device():
    given(officer, REGISTERED, CANCELLED).when(ADD, actor=LI).refused(Refusal.CREDENTIAL_CANCELLED)


def test_the_register_shows_devices_and_when_their_keys_counted():
    added = pb.DeviceKeyRegistered(officer_id=OFFICER, key_id=KEY_ID, device="执法终端3号")
    revoked = pb.DeviceKeyRevoked(officer_id=OFFICER, key_id=KEY_ID)
    found = row(("2024-01-01 09:00", REGISTERED), ("2024-02-01 09:00", added), ("2024-03-01 09:00", revoked))
    assert found["device_keys"] == [
        [KEY_ID.hex(), "执法终端3号", "2024-02-01T09:00:00+08:00", "2024-03-01T09:00:00+08:00"]
    ]
