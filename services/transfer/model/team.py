"""T1, bureau: the team that verifies, reports and works on the transfer may have to change (国务院令第310号 art. 5).

The article wants two or more officers whose task this is, at every time: who left, was suspended or must recuse
(行政处罚法 art. 43) is replaced, or nobody could take the next step.
"""

from dataclasses import replace
from typing import Final

from enforcement.transfer.v1 import team_pb2 as pb

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.transfer.model.shared import O310_5, Refusal, require_not_before
from services.transfer.model.transfer import Stage, Transfer, transfer

_OVER: Final = (Stage.REJECTED, Stage.CLOSED)
"""Nothing is left for a team to do."""


@transfer.decide(pb.ChangeTeamRequest, basis=O310_5)
def change_team(state: Transfer, command: pb.ChangeTeamRequest, context: Context) -> Events:
    """A leader names the whole team anew, two active officers at least, with the reason.

    It counts from then on: what the former members did stays, and they see the content no more.
    """
    state.require(*(stage for stage in Stage if stage not in _OVER))
    require_not_before(state.last_act_at, context)
    team = context.two_active_officers(command.team_ids)
    if {member.officer_id for member in team} == {member.officer_id for member in state.team}:
        raise Refused(Refusal.TEAM_UNCHANGED)
    yield pb.TeamChanged(transfer_id=command.transfer_id, team=team, reason=command.reason)


@transfer.evolve(pb.TeamChanged)
def team_changed(state: Transfer, event: pb.TeamChanged) -> Transfer:
    return replace(state, team=tuple(event.team))
