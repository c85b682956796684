"""What non-site enforcement decides, one file for each aggregate, in the order of the law.

device     IN_SERVICE ⇄ SUSPENDED ▶ RETIRED                                       gates of 行政处罚法 art. 41
capture    PENDING_REVIEW ▶ ACCEPTED ▶ NOTIFIED ▶ … ▶ ADOPTED                     a device's record
  mismatch   dimensions that disagree go to the traffic police                    抄告公安交管
incident   up to four parties, each a case                                        一超四罚
follow_up  FILED ▶ DECIDED ▶ HANDLED ▶ ISSUED ▶ DELIVERED                         what follows a case: 抄告
subject    violations of a vehicle, driver or company, and review items           公路安全保护条例 art. 66
"""

from services.non_site.model import mismatch
from services.non_site.model.capture import capture
from services.non_site.model.device import device
from services.non_site.model.follow_up import follow_up
from services.non_site.model.incident import incident
from services.non_site.model.shared import Refusal
from services.non_site.model.subject import subject

__all__ = ["Refusal", "capture", "device", "follow_up", "incident", "mismatch", "subject"]
