"""Every error that leaves a service, and what each means to the caller.

EnforcementError
├── Refused       a rule of law or of the contract says no
├── Conflict      others kept changing the stream, and the decision no longer holds
├── Busy          a bound is reached, nothing was done
└── Unavailable   PostgreSQL, Kafka, the disk or a peer does not do it; nothing is half written

class         gRPC status                      retried by                    who acts
Refused       as the refusal's option says,    nobody: ask something else    the officer
              FAILED_PRECONDITION when silent
Conflict      ABORTED                          the client, same command id   nobody
Busy          RESOURCE_EXHAUSTED               the client, after a pause     ops when it lasts
Unavailable   UNAVAILABLE                      the client, same command id   ops when it lasts
all else      INTERNAL, logged with its trace  nobody                        the developers

The ledger knows no gRPC and has a tree of its own (services.kernel.ledger.errors); rpc.py maps both, in one place. A
refusal's sentence, legal basis and status stand in the protos (`options.v1.RefusalText`) and nowhere else.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Final

import grpc
from enforcement.options.v1 import options_pb2 as options


class EnforcementError(Exception):
    """Root of all errors that a service raises on purpose."""


@dataclass(frozen=True, slots=True)
class RefusalCode:
    """One value of a service's `Refusal` enum with what the law says about it."""

    domain: str
    name: str
    basis: str
    zh: str
    en: str
    status: grpc.StatusCode


class Refusals:
    """The refusals of one proto package, by name without the prefix: `Refusal.NEEDS_PRINCIPAL_HEAD`."""

    def __init__(self, codes: dict[str, RefusalCode]) -> None:
        self._codes = codes

    def __getattr__(self, name: str) -> RefusalCode:
        try:
            return self._codes[name]
        except KeyError:
            raise AttributeError(f"no refusal {name}") from None

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._codes.values())


@cache
def refusals(package: str) -> Refusals:
    """Reads the `Refusal` enum of `package`, e.g. "enforcement.transfer.v1".

    Raises:
        ValueError: a value has no text, so nobody could tell an officer why.
    """
    module = importlib.import_module(f"{package}.refusals_pb2")
    domain = package.split(".")[1]
    codes = {}
    for value in module.DESCRIPTOR.enum_types_by_name["Refusal"].values[1:]:
        text = value.GetOptions().Extensions[options.refusal]
        if not (text.basis and text.zh and text.en):
            raise ValueError(f"{package}.{value.name} lacks basis, zh or en")
        name = value.name.removeprefix("REFUSAL_")
        status = grpc.StatusCode[text.status or "FAILED_PRECONDITION"]
        codes[name] = RefusalCode(
            "kernel" if domain == "common" else domain, name, text.basis, text.zh, text.en, status
        )
    return Refusals(codes)


KernelRefusal: Final = refusals("enforcement.common.v1")


class Refused(EnforcementError):
    """A rule says no. `variables` fill the braces of the refusal's sentences and travel in ErrorInfo."""

    def __init__(self, code: RefusalCode, **variables: object) -> None:
        self.code = code
        self.variables = {name: str(value) for name, value in variables.items()}
        super().__init__(self.en)

    @property
    def zh(self) -> str:
        """The sentence an officer reads."""
        return _fill(self.code.zh, self.variables)

    @property
    def en(self) -> str:
        """The same in English."""
        return _fill(self.code.en, self.variables)


class Conflict(EnforcementError):
    """Others changed the stream, and the decision did not hold on what they left."""


class Busy(EnforcementError):
    """A bound is reached; nothing was done."""


class Unavailable(EnforcementError):
    """A part that the call needs does not do it; nothing is half written."""


def _fill(sentence: str, variables: dict[str, str]) -> str:
    """The sentence with its variables; amounts in fen read in yuan."""
    for name, value in variables.items():
        shown = _yuan(value) if name.endswith("_fen") else value
        sentence = sentence.replace("{" + name + "}", shown)
    return sentence


def _yuan(fen: str) -> str:
    sign, digits = ("-", fen[1:]) if fen.startswith("-") else ("", fen)
    return f"{sign}{int(digits) // 100}.{int(digits) % 100:02}" if digits.isdecimal() else fen
