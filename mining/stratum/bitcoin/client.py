"""The client side of one Stratum V1 connection: intents become lines, bytes become events.

One object per TCP connection: it subscribes and authorizes once. It keeps the extranonce, the difficulty, the ids of
requests and the current job; it has no clock, so deadlines and reconnects belong to the session above. Whatever a
server sends ends in an event; only this program's own mistakes raise (UseError). Optional requests (configure,
extranonce.subscribe, suggest_difficulty) hold up nothing: some pools never answer them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from mining.stratum.agent import agent
from mining.stratum.bitcoin.answers import (
    Subscription,
    Verdict,
    error_of,
    options_of,
    request_number,
    subscription_of,
    verdict_of,
    version_mask_of,
)
from mining.stratum.bitcoin.difficulty import Difficulty, target_from_difficulty
from mining.stratum.bitcoin.events import (
    Answered,
    Authorized,
    AuthorizeRefused,
    Configured,
    DifficultySet,
    Event,
    ExtranonceSet,
    Ignored,
    JobReceived,
    JobRepeated,
    MessageShown,
    OptionAnswered,
    ProtocolViolated,
    Subscribed,
    SubscribeRefused,
    VersionMaskSet,
)
from mining.stratum.bitcoin.header import header_version, word_hex
from mining.stratum.bitcoin.job import Extranonce, V1Job, decode_extranonce, decode_job, is_same_work
from mining.stratum.bitcoin.pushes import answer_line, answered, reconnect_request, shown_message, unknown
from mining.stratum.errors import LineTooLongError, MessageError, PeerError, RequestTooLongError, TargetError, UseError
from mining.stratum.framing import LINE_LIMIT, LineBuffer
from mining.stratum.json_lines import decode_object, encode_line
