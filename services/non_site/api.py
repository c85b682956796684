"""Queries of non-site enforcement."""

from typing import TYPE_CHECKING

from enforcement.non_site.v1 import service_pb2 as pb

from services.kernel.timeline import timeline
from services.non_site.capture_api import CaptureApi
from services.non_site.follow_up_api import FollowUpApi

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call


class NonSiteApi(CaptureApi, FollowUpApi):
    """Answers of NonSiteService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_non_site_timeline(
        self, request: pb.GetNonSiteTimelineRequest, call: "Call"
    ) -> pb.GetNonSiteTimelineResponse:
        """What happened, oldest first."""
        async with self._node.views("non_site").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return pb.GetNonSiteTimelineResponse(entries=entries, next_token=next_token)
