"""The transfer service, as a node composes it: all three sides, of which the node's kind answers for one."""

from typing import Any, Final

from enforcement.transfer.v1 import service_pb2

from services.kernel.deadlines import Deadlines
from services.kernel.decider import Aggregate
from services.kernel.service import Service
from services.kernel.timeline import keep_timeline
from services.transfer import (
    deadlines,
    discipline_deadlines,
    discipline_policies,
    discipline_views,
    incoming_lookups,
    incoming_policies,
    opinion_deadlines,
    opinion_lookups,
    opinion_policies,
    opinion_views,
    outcome_policies,
    oversight_policies,
    paper_deadlines,
    paper_policies,
    referral_lookups,
    step_deadlines,
    supervision_policies,
    suspicion_deadlines,
    suspicion_lookups,
    suspicion_policies,
    suspicion_views,
)
from services.transfer.api import TransferApi
from services.transfer.discipline_api import DisciplineApi
from services.transfer.lookups import lookups
from services.transfer.model import oversight, prosecution, referral, supervision, transfer
from services.transfer.model.discipline import discipline_clue, received_clue
from services.transfer.model.incoming import paper
from services.transfer.model.opinion import opinion
from services.transfer.model.opinion_case import opinion_case
from services.transfer.model.suspicion import suspicion
from services.transfer.opinion_api import OpinionApi, read_by
from services.transfer.opinion_views import OPINION_TITLES
from services.transfer.policies import policy
from services.transfer.process import keep_process
from services.transfer.suspicion_api import SuspicionApi
from services.transfer.suspicion_views import SUSPICION_TITLES
from services.transfer.views import TITLES, views

AGGREGATES: Final[list[Aggregate[Any]]] = [
    transfer,
    referral,
    oversight,
    supervision,
    prosecution,
    opinion,
    opinion_case,
    discipline_clue,
    received_clue,
    suspicion,
    paper,
]
DEADLINES: Final = Deadlines(
    *deadlines.CLOCKS,
    *step_deadlines.CLOCKS,
    *paper_deadlines.CLOCKS,
    *opinion_deadlines.CLOCKS,
    *discipline_deadlines.CLOCKS,
    *suspicion_deadlines.CLOCKS,
)
keep_process(views, AGGREGATES, DEADLINES)
keep_timeline(views, {**TITLES, **OPINION_TITLES, **SUSPICION_TITLES}, AGGREGATES)

TOPICS: Final = (
    oversight_policies,
    supervision_policies,
    outcome_policies,
    paper_policies,
    incoming_policies,
    incoming_lookups,
    referral_lookups,
    opinion_policies,
    opinion_lookups,
    opinion_views,
    discipline_policies,
    discipline_views,
    suspicion_policies,
    suspicion_views,
    suspicion_lookups,
)
"""Modules that register what they do with `policy` and `views`."""


class Answers(TransferApi, OpinionApi, DisciplineApi, SuspicionApi):
    """Answers of TransferService that are no commands, of every topic."""


SERVICE = Service(
    name="transfer",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["TransferService"],
    aggregates=AGGREGATES,
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=Answers,
    lookups=lookups,
    handled_by=read_by,
)
