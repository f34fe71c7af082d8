"""Named places where the process can be made to die, so that tests can show that nothing is lost there.

`MONITOR_FAILPOINT=sending` kills at the first time the place `sending` is reached, `sending:3` at the third. The
variable is read once; without it `reach` does nothing.
"""

from __future__ import annotations

import os
import signal

# Every place, in the order of a story's way.
POINTS = (
    "poll",  # an answer has come, nothing of it is kept
    "polled",  # the poll's transaction is written, not committed
    "match",  # new stories are kept, none is matched
    "read",  # matched and read, nothing of it is kept
    "alert",  # an alert and its deliveries are written, not committed
    "settled",  # alert and deliveries are kept, none is sent
    "sending",  # an attempt has begun, the channel has nothing
    "accepted",  # the channel has accepted, we have not noted it
    "noted",  # it is noted
    "summary",  # a summary of held alerts is written, not committed
    "reload",  # a new configuration is read, not yet in use
    "backup",  # a backup is being written
)

_name, _, _count = os.environ.get("MONITOR_FAILPOINT", "").partition(":")
_left = int(_count or 1)


def _count_down(name: str) -> None:
    global _left
    if name == _name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _nothing(name: str) -> None:
    pass


# Call `reach("sending")` where the place is.
reach = _count_down if _name else _nothing
