"""How the party of a penalty on the spot is reached later: confirmed address, public notice (民事诉讼法 arts. 90, 95).

The penalty itself is handed over on the spot; what follows it, a demand or its revocation, is served like any document.
"""

from dataclasses import replace

from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import on_spot_pb2 as pb

from services.cases.model.case import Refusal
from services.cases.model.delivery import OF_MATTER, may_follow
from services.cases.model.on_spot import DECIDED, OnSpot, OnSpotStage, on_spot
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of, term


@on_spot.decide(pb.ConfirmOnSpotAddressRequest, basis="民事诉讼法 art. 90")
def confirm_address(state: OnSpot, command: pb.ConfirmOnSpotAddressRequest, context: Context) -> Events:
    """The party confirms where it gets documents, and whether they may be sent electronically: then through what."""
    state.require(OnSpotStage.OBSERVED, *DECIDED)
    if command.electronic and not command.system.strip():
        raise Refused(Refusal.NO_ELECTRONIC_CONSENT)
    yield pb.OnSpotAddressConfirmed(
        on_spot_id=command.on_spot_id,
        address=command.address,
        receiver=command.receiver,
        electronic=command.electronic,
        system=command.system if command.electronic else "",
        document=command.document if command.HasField("document") else None,
    )


@on_spot.evolve(pb.OnSpotAddressConfirmed)
def address_confirmed(state: OnSpot, event: pb.OnSpotAddressConfirmed) -> OnSpot:
    return replace(state, system=event.system)


@on_spot.decide(pb.PostOnSpotNoticeRequest, basis="民事诉讼法 art. 95")
def post_notice(state: OnSpot, command: pb.PostOnSpotNoticeRequest, context: Context) -> Events:
    """A document is put up in public when the party cannot be found or every other way is impossible."""
    state.require(*DECIDED)
    of_matter = command.document in OF_MATTER
    if of_matter and not command.matter_id:
        raise Refused(Refusal.NOTICE_OF_WHAT, document=term(delivery.ServedDocument, command.document))
    matter_id = command.matter_id if of_matter else ""
    posted_at = state.posted.get((command.document, matter_id))
    if posted_at is not None and not may_follow(command.document, posted_at, context):
        raise Refused(Refusal.ALREADY_POSTED, posted_on=day_of(posted_at))
    yield pb.OnSpotNoticePosted(
        on_spot_id=command.on_spot_id,
        document=command.document,
        reason=command.reason,
        medium=command.medium,
        proof=command.proof if command.HasField("proof") else None,
        matter_id=matter_id,
    )


@on_spot.evolve(pb.OnSpotNoticePosted)
def notice_posted(state: OnSpot, event: pb.OnSpotNoticePosted, act: Act) -> OnSpot:
    return replace(state, posted={**state.posted, (event.document, event.matter_id): act.occurred_at})
