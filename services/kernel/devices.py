"""What an officer's device signs: pure statements, and how they are checked.

    recorded offline ──sign──▶ queue of the device ──any time, any order──▶ node: token of the officer who sends it,
                                                                            key in force at the time of the act,
                                                                            signature over exactly this command

    statement  DSSE v1 PAE of COMMAND_TYPE over (authority id, full name of the method, SHA-256 of the command)
    proof      DSSE v1 PAE of KEY_TYPE over (authority id, officer id, public key)
    parts      each behind its length in four big-endian bytes
    travels    in the metadata KEY_HEADER and SIGNATURE_HEADER of an ordinary call

The command is digested in protobuf's deterministic encoding: fields by number, nothing unknown. It holds its own id and
the time of the act, so a signature fits one command, one method and one authority.

Promise   a signature that verifies was made by whoever holds the key, over this command and no other.
Not       that the act took place when the command says: a stolen device can date acts back to before its key was
          revoked. It needs the officer's token, too, and the ledger shows when each act was recorded.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message

from services.kernel.envelopes.keys import (
    SUITE_1,
    KeyFault,
    KeyRole,
    check_public,
    length_prefixed,
    pre_authentication_encoding,
    verify_signature,
)
from services.kernel.messages import encode

COMMAND_TYPE: Final = "application/vnd.xc.device-command.v1"
KEY_TYPE: Final = "application/vnd.xc.device-key.v1"
KEY_HEADER: Final = "enforcement-device-key-bin"
SIGNATURE_HEADER: Final = "enforcement-device-signature-bin"
_KEY_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class DeviceSignature:
    """A signature that held, as the ledger keeps it beside the event."""

    key_id: bytes
    signature: bytes
    command_sha256: bytes


def key_id(authority_id: str, officer_id: str, public: bytes) -> bytes:
    """The 16 bytes by which a signature names the key of an officer's device."""
    parts = length_prefixed(authority_id, officer_id, public)
    return hashlib.sha256(b"xc/device-key/v1\n" + parts).digest()[:_KEY_ID_BYTES]


def digest_of(command: Message) -> bytes:
    """SHA-256 of a command as devices sign it."""
    return hashlib.sha256(encode(command)).digest()


def statement(authority_id: str, method: str, command_sha256: bytes) -> bytes:
    """What a device signs for a command; `method` is a full name, e.g. `enforcement.cases.v1.CasesService.FileCase`."""
    return pre_authentication_encoding(COMMAND_TYPE, length_prefixed(authority_id, method, command_sha256))


def possession(authority_id: str, officer_id: str, public: bytes) -> bytes:
    """What a device signs once, so that nobody registers a key that the device does not hold."""
    return pre_authentication_encoding(KEY_TYPE, length_prefixed(authority_id, officer_id, public))


def is_proven(authority_id: str, officer_id: str, public: bytes, proof: bytes) -> bool:
    """Whether the key is one under which a signature proves something, and its holder signed for this officer."""
    try:
        check_public(KeyRole.SEAL, SUITE_1, public)
    except KeyFault:
        return False
    return verify_signature(public, possession(authority_id, officer_id, public), proof)


def verified(
    public: bytes, authority_id: str, method: str, command: Message, signed: tuple[bytes, bytes]
) -> DeviceSignature | None:
    """The signature, given as key id and bytes, if it is this key's over this command; None if it is not."""
    named, signature = signed
    digest = digest_of(command)
    if not verify_signature(public, statement(authority_id, method, digest), signature):
        return None
    return DeviceSignature(named, signature, digest)
