"""A fine collected on site (当场收缴) although it was decided before: 行政处罚法 arts. 69-71.

    collected ──(on water: landed)──▶ handed in ──▶ banked            two working days each

The one exception from collection by others (art. 67 para. 2): in remote areas, on water and where traffic is poor, when
the party can hardly pay at a bank or electronically and asks for it; of fines alone, against a fiscal receipt. What is
collected while a penalty is decided on the spot is the cases service's.
"""

from dataclasses import replace
from typing import Any

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import (
    BEFORE_COURT,
    Collection,
    OnSite,
    Refusal,
    Stage,
    Transaction,
    collection,
)
from services.collection.model.payment import paid_dues, require_no_open_order, require_not_elsewhere
from services.collection.model.performance import performed
from services.collection.money import name_of
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.values import day


@collection.decide(commands.CollectOnSiteRequest, basis="行政处罚法 arts. 67, 69, 70")
def collect(state: Collection, command: commands.CollectOnSiteRequest, context: Context) -> Events:
    """Two officers take what is open of the fine, or a part, where the law lets them and the party asks."""
    if state.stage in (Stage.PERFORMED, Stage.ENDED):
        raise Refused(Refusal.EXECUTION_OVER, stage=state.stage)
    state.require(Stage.OPENED, *BEFORE_COURT)
    officers = context.two_active_officers(command.officer_ids)
    if not command.party_asks:
        raise Refused(Refusal.ON_SITE_NOT_ALLOWED, why="须由当事人提出")
    if not command.circumstances.strip():
        raise Refused(Refusal.ON_SITE_NOT_ALLOWED, why="须写明到银行或者通过电子支付系统缴纳确有困难的情况")
    if not command.receipt_number.strip():
        raise Refused(Refusal.FISCAL_RECEIPT_NEEDED)
    if context.found:
        raise Refused(Refusal.FISCAL_RECEIPT_USED, number=command.receipt_number)
    open_fen = state.money.open(pb.ACCOUNT_FINE, context.today)
    if not open_fen:
        raise Refused(Refusal.NOTHING_OPEN, account=name_of(pb.ACCOUNT_FINE))
    if command.amount_fen > open_fen:
        raise Refused(Refusal.ORDER_EXCEEDS_OPEN, amount_fen=command.amount_fen, open_fen=open_fen)
    require_no_open_order(state, pb.ACCOUNT_FINE, context)
    collected = pb.FineCollectedOnSite(
        collection_id=command.collection_id,
        case_id=state.case_id,
        on_site_id=str(context.new_id("on_site")),
        amount_fen=command.amount_fen,
        collected_on=context.today.isoformat(),
        ground=command.ground,
        circumstances=command.circumstances,
        receipt_number=command.receipt_number.strip(),
        officers=officers,
        document=command.document if command.HasField("document") else None,
    )
    after = has_collected(state, collected)
    yield collected
    yield from paid_dues(after, command.collection_id, context)
    yield from performed(after, command.collection_id, context.today)


@collection.evolve(pb.FineCollectedOnSite)
def has_collected(state: Collection, event: pb.FineCollectedOnSite) -> Collection:
    on_site = OnSite(event.amount_fen, landed=event.ground != pb.ON_SITE_GROUND_WATER)
    return replace(
        state,
        on_site={**state.on_site, event.on_site_id: on_site},
        money=state.money.received(pb.ACCOUNT_FINE, event.amount_fen, day(event.collected_on)),
    )


@collection.decide(commands.RecordOnSiteLandingRequest, basis="行政处罚法 art. 71")
def land(state: Collection, command: commands.RecordOnSiteLandingRequest, context: Context) -> Events:
    """From the landing on, money collected on water is handed in within two working days."""
    on_site = _known(state, command.on_site_id)
    if on_site.landed:
        raise Refused(Refusal.ON_SITE_STEP, on_site_id=command.on_site_id, state="已抵岸")
    yield pb.OnSiteLanded(collection_id=command.collection_id, on_site_id=command.on_site_id)


@collection.evolve(pb.OnSiteLanded)
def landed(state: Collection, event: pb.OnSiteLanded) -> Collection:
    return _with(state, event.on_site_id, landed=True)


@collection.decide(commands.HandInOnSiteRequest, basis="行政处罚法 art. 71")
def hand_in(state: Collection, command: commands.HandInOnSiteRequest, context: Context) -> Events:
    """Officers hand in what they collected, all of it, once."""
    on_site = _known(state, command.on_site_id)
    if not on_site.landed or on_site.handed_in:
        step = "已交至行政机关" if on_site.handed_in else "尚未抵岸"
        raise Refused(Refusal.ON_SITE_STEP, on_site_id=command.on_site_id, state=step)
    _require_all(command.amount_fen, on_site)
    context.officer(command.receiver_id)
    yield pb.OnSiteHandedIn(
        collection_id=command.collection_id,
        on_site_id=command.on_site_id,
        amount_fen=command.amount_fen,
        receiver_id=command.receiver_id,
    )


@collection.evolve(pb.OnSiteHandedIn)
def handed_in(state: Collection, event: pb.OnSiteHandedIn) -> Collection:
    return _with(state, event.on_site_id, handed_in=True)


@collection.decide(commands.BankOnSiteRequest, basis="行政处罚法 art. 71")
def bank(state: Collection, command: commands.BankOnSiteRequest, context: Context) -> Events:
    """The authority pays what was handed in to the designated bank; that the bank tells of it, too, changes nothing."""
    require_not_elsewhere(command, context)
    on_site = _known(state, command.on_site_id)
    if not on_site.handed_in or on_site.banked or command.transaction_id in state.transactions:
        step = "已缴付银行" if on_site.handed_in else "尚未交至行政机关"
        raise Refused(Refusal.ON_SITE_STEP, on_site_id=command.on_site_id, state=step)
    _require_all(command.amount_fen, on_site)
    yield pb.OnSiteBanked(
        collection_id=command.collection_id,
        on_site_id=command.on_site_id,
        amount_fen=command.amount_fen,
        transaction_id=command.transaction_id,
        banked_on=context.today.isoformat(),
    )


@collection.evolve(pb.OnSiteBanked)
def banked(state: Collection, event: pb.OnSiteBanked) -> Collection:
    deposit = Transaction("", pb.ACCOUNT_FINE, event.amount_fen, day(event.banked_on), into_account=False)
    known = replace(state, transactions={**state.transactions, event.transaction_id: deposit})
    return _with(known, event.on_site_id, banked=True)


def _known(state: Collection, on_site_id: str) -> OnSite:
    on_site = state.on_site.get(on_site_id)
    if on_site is None:
        raise Refused(Refusal.ON_SITE_STEP, on_site_id=on_site_id, state="不存在")
    return on_site


def _require_all(amount_fen: int, on_site: OnSite) -> None:
    if amount_fen != on_site.amount_fen:
        raise Refused(Refusal.ON_SITE_AMOUNT, amount_fen=amount_fen, due_fen=on_site.amount_fen)


def _with(state: Collection, on_site_id: str, **changes: Any) -> Collection:
    return replace(state, on_site={**state.on_site, on_site_id: replace(state.on_site[on_site_id], **changes)})
