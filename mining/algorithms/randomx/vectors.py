"""RandomX known answers (tevador/RandomX src/tests/tests.cpp rows a-e; row f is a block accepted by monerod)."""

from __future__ import annotations

from dataclasses import dataclass

REGTEST_SEED = bytes.fromhex("418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3")
_E = bytes.fromhex(
    "0b0b98bea7e805e0010a2126d287a2a0cc833d312cb786385a7c2f9de69d25537f584a9bc9977b00000000666fd8753bf61a8631f12984e3fd"
    "44f4014eca629276817b56f32e9b68bd82f416"
)
_F = bytes.fromhex(
    "1010b4f98ad806ea57c9f2bfe8e9d2a5c24f75f4375d48ece0e0131042120e25138d019b204ab04d0000003beff50e48496a18ad5b99480172"
    "87ba122b368ecefbe719dfcccd1fa72d7f1301"
)


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """`v1`, `v2`: the hash under rx/0 and the raw hash under rx/2; `v2_commitment`: what rx/2 compares."""

    name: str
    key: bytes
    data: bytes
    v1: str
    v2: str
    v2_commitment: str


KNOWN_ANSWERS: tuple[KnownAnswer, ...] = (
    KnownAnswer(
        "a",
        b"test key 000",
        b"This is a test",
        "639183aae1bf4c9a35884cb46b09cad9175f04efd7684e7262a0ac1c2f0b4e3f",
        "22ec6b861b3eb23686b2efbad69513c967ecfce80983df66c9c5b4fbfb4cdb6f",
        "133be717399046b03ae82ce8ddd9d1ee4d3ea7fca03a50dec09b6848cbb98e18",
    ),
    KnownAnswer(
        "b",
        b"test key 000",
        b"Lorem ipsum dolor sit amet",
        "300a0adb47603dedb42228ccb2b211104f4da45af709cd7547cd049e9489c969",
        "9e2c772c12fd48f93c14c97fdc89d556264d9100597023f44d9163e279012ecf",
        "bf0234efe040906581d78d069804a309921e9b1881943eb03e61c7ec9ec4040b",
    ),
    KnownAnswer(
        "c",
        b"test key 000",
        b"sed do eiusmod tempor incididunt ut labore et dolore magna aliqua",
        "c36d4ed4191e617309867ed66a443be4075014e2b061bcdaf9ce7b721d2b77a8",
        "4d6b063a1a603751d525f18a171336a4002f2f06df6c17e4b25fe17e17796e42",
        "f197e7ad324d58f64c8b93efd0b49359adc5c0dc84422faf11b196f8044cc90e",
    ),
    KnownAnswer(
        "d",
        b"test key 001",
        b"sed do eiusmod tempor incididunt ut labore et dolore magna aliqua",
        "e9ff4503201c0c2cca26d285c93ae883f9b1d30c9eb240b820756f2d5a7905fc",
        "97024134686ce27d362ea8d86d8ef16483ac272abdabd46ef13359400777fe5e",
        "4de52f2056e917a5c1f99b6a20a64f84773768c9f58fcf5efdcc207fba3d8b3b",
    ),
    KnownAnswer(
        "e",
        b"test key 001",
        _E,
        "c56414121acda1713c2f2a819d8ae38aed7c80c35c2a769298d34f03833cd5f1",
        "c8e92c5f7c1946fecf06bc382b92e3111da38ee3e6a5ad90704e1a9d8aaf6e76",
        "480f3d0cfbd120529aa7fc0e288911d6d4ef97d5c5fe12acf099bb0d8b6f8bd2",
    ),
    KnownAnswer(
        "f",
        REGTEST_SEED,
        _F,
        "b75a7e45a59a7e4a0780d4d1cd1c756414a57aa3df0b57fe6ac04295e5dd9700",
        "d5e209fe3e7c7e82749846eff7dc7252c63b5647892dbba638d075edf660557b",
        "af2eb890ab904e8035d7326cf0e55872e6d55b2a02d8d4c698d6f1624eddbe59",
    ),
)
