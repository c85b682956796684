"""Refusals come from the protos: sentence, basis and status, in both languages."""

import importlib
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2

from services.kernel.errors import Conflict, KernelRefusal, Refused, refusals
from services.kernel.ledger import Mismatch, QueueFull, TooLarge, Unavailable
from services.kernel.rpc import status_of

PROTOS = Path(__file__).parents[3] / "protos"
PACKAGES = sorted(
    ".".join(path.parent.relative_to(PROTOS).parts) for path in PROTOS.glob("enforcement/*/v1/refusals.proto")
)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_refusal_has_a_basis_and_both_sentences_with_the_same_variables(package: str) -> None:
    importlib.import_module(f"{package}.refusals_pb2")
    for code in refusals(package):
        assert variables(code.zh) == variables(code.en), code.name


def variables(sentence: str) -> set[str]:
    return {part.split("}")[0] for part in sentence.split("{")[1:]}


@pytest.mark.parametrize(("fen", "yuan"), [(20_001, "200.01"), (5, "0.05"), (-150, "-1.50"), ("—", "—")])
def test_amounts_are_fen_for_machines_and_yuan_for_people(fen: object, yuan: str) -> None:
    on_spot = refusals("enforcement.cases.v1").ON_SPOT_LIMIT
    refused = Refused(on_spot, party="个人", limit_fen=20_000, amount_fen=fen)
    assert refused.variables["amount_fen"] == str(fen)
    assert f"拟罚款{yuan}元" in refused.zh
    assert "200.00 yuan" in refused.en


def test_a_refusal_carries_reason_basis_and_both_languages() -> None:
    status = status_of(Refused(KernelRefusal.TWO_OFFICERS_NEEDED), "m")
    info, message = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    status.details[0].Unpack(info)
    status.details[1].Unpack(message)
    assert (info.reason, info.domain, info.metadata["basis"]) == ("TWO_OFFICERS_NEEDED", "kernel", "行政处罚法 art. 42")
    assert (message.locale, message.message) == ("zh-CN", "执法人员不得少于两人")
    assert status.message == "at least two officers must act"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused(KernelRefusal.NOT_FOUND, id="x"), grpc.StatusCode.NOT_FOUND),
        (Refused(KernelRefusal.WRONG_STAGE, stage="a", allowed="b"), grpc.StatusCode.FAILED_PRECONDITION),
        (Conflict(), grpc.StatusCode.ABORTED),
        (Mismatch(), grpc.StatusCode.ALREADY_EXISTS),
        (TooLarge(), grpc.StatusCode.INVALID_ARGUMENT),
        (QueueFull(), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (Unavailable(), grpc.StatusCode.UNAVAILABLE),
        (ZeroDivisionError(), grpc.StatusCode.INTERNAL),
    ],
)
def test_each_error_has_one_status(error: Exception, code: grpc.StatusCode) -> None:
    assert status_of(error, "m").code == code.value[0]


def test_an_unexpected_error_tells_the_caller_nothing_about_the_inside() -> None:
    assert "secret" not in status_of(RuntimeError("secret"), "m").message
