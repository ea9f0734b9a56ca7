"""The recorded blocks, templates made from them, and a transaction with a witness (BIP 143: Litecoin has its form)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from mining.solo.litecoin_template import TemplateAnswer

_FILE = Path(__file__).parents[2] / "vectors" / "litecoin_blocks_regtest.json"
BLOCKS: dict[str, dict[str, Any]] = {
    name: row for name, row in json.loads(_FILE.read_text()).items() if isinstance(row, dict)
}
BIP_143 = bytes.fromhex(
    "01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9"
    "cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618e"
    "f3ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb20600000000"
    "1976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa81"
    "5988ac000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f9030"
    "0e8f3358f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357110000"
    "00"
)
"""The signed transaction of its first example, with one input that has a witness and one that has none."""
BIP_143_ID = "e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609"
BIP_143_HASH = "c36c38370907df2324d9ce9d149d191192f338b37665a82e78e76a12c909b762"


def answer_of(name: str, **changes: object) -> TemplateAnswer:
    """The template of a recorded block, with changed fields."""
    return msgspec.convert({**BLOCKS[name]["template"], **changes}, TemplateAnswer)
