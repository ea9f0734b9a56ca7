"""How a Node reads its queue: kombu's Redis transport without the one script that it has the broker run.

A user that may load and run scripts can keep the broker busy for ever, and with it every other Node. kombu's transport
needs one only to let go of a lock, which is held while tasks are given again whose worker died: so that of several
workers one does it. A Node's queue has one worker, and giving a task again is a transaction in any case.
"""

from __future__ import annotations

import time
from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Channel, QoS, Transport

NAME = "node-redis"
"""What Celery calls it in its settings, and in the log where an address begins with it."""
TRANSPORT_ALIASES[NAME] = f"{__name__}:NodeTransport"


class NodeQoS(QoS):
    """What was taken out of the queue and is not done yet."""

    def restore_visible(self, start: int = 0, num: int | None = 10, interval: int = 10) -> None:
        """Put tasks back into the queue that were taken longer than the visibility timeout ago; at each `interval`th
        call, the oldest `num` of them."""
        self._vrestore_count += 1
        if (self._vrestore_count - 1) % (interval or 1):
            return
        with self.channel.conn_or_acquire() as client:
            latest = time.time() - self.visibility_timeout
            for tag in _tags_until(client, self.unacked_index_key, latest, start, num):
                self.restore_by_tag(tag, client)  # type: ignore[no-untyped-call]


class NodeChannel(Channel):
    """A channel of a Node."""

    QoS = NodeQoS


class NodeTransport(Transport):
    """The transport of a Node's worker."""

    Channel = NodeChannel


def _tags_until(client: Any, key: str, latest: float, start: int, num: int | None) -> list[Any]:
    """The tags of the tasks that were taken until `latest`, Unix seconds."""
    found = client.zrange(key, 0, latest, byscore=True, offset=start if num else None, num=num)
    return list(found or ())
