"""The options of `mine`: one sentence for each mistake."""

from __future__ import annotations

import pytest

from mining.configuration.command_line import SentenceParser, add_mine_options
from mining.errors import ConfigurationError

SEED = "abbey acquire bamboo cactus dazed eagle fabrics gadget habitat icing jackets kangaroo lagoon"
FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"


def _parse(*words: str) -> dict[str, object]:
    parser = SentenceParser(prog="./manage.sh mine")
    add_mine_options(parser)
    return vars(parser.parse_args(list(words)))


def _refused(*words: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        _parse(*words)
    assert caught.value.next_step
    return caught.value.sentence


def test_options_are_read_as_text_for_the_checks_to_judge() -> None:
    options = _parse("--pool", "a", "--pool=b", "--intensity", "-1", "--light", "--no-web", "--json")

    assert (options["pool"], options["intensity"], options["light"]) == (["a", "b"], "-1", True)
    assert (options["web_enabled"], options["json"], options["plain"]) == (False, True, False)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--intensty", "5"], 'The option "--intensty" is not known. Did you mean --intensity?'),
        (["--intensty=5"], 'The option "--intensty" is not known. Did you mean --intensity?'),
        (["--offlin"], 'The option "--offlin" is not known. Did you mean --offline?'),
        (["--zzzz"], 'The option "--zzzz" is not known. See ./manage.sh mine --help.'),
        (["--wallet"], "--wallet needs a value. See ./manage.sh mine --help."),
        (["--light=yes"], "--light takes no value. Write --light alone."),
        (["--web", "--no-web"], "--web and --no-web exclude each other. Keep one of the two."),
        (["--json", "--plain"], "--json and --plain exclude each other. Keep one of the two."),
        (["--cores", "0", "--cores", "1"], "--cores was given twice with different values. Keep one."),
        (["daemon+http://h:1"], '"daemon+http://h:1" is not an option. Write --pool before it.'),
        (["fast"], '"fast" is not an option. See ./manage.sh mine --help.'),
    ],
)
def test_a_mistake_is_one_sentence_with_the_next_step(words: list[str], sentence: str) -> None:
    assert _refused(*words) == sentence


def test_an_address_without_its_option_is_recognised() -> None:
    assert _refused(FUND).endswith("Write --wallet before it.")


def test_the_same_value_twice_is_no_mistake() -> None:
    assert _parse("--cores", "0", "--cores", "0")["cores"] == "0"


def test_a_seed_phrase_without_quotes_is_not_repeated() -> None:
    words = SEED.split()

    sentence = _refused("--wallet", *words, "mammal")

    assert "seed phrase" in sentence
    assert not any(word in sentence.split() for word in words)


def test_the_help_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        _parse("--help")

    assert caught.value.code == 0
    assert "--huge-pages" in capsys.readouterr().out
