"""The grammar of mining_config.env, and edits that leave the rest alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.configuration import env_file
from mining.errors import ConfigurationError

VALUES = [
    ("K=v", "v"),
    ("K = v ", "v"),
    ("  K=v", "v"),
    ("export K=v", "v"),
    ("K=v # comment", "v"),
    ("K=v#not", "v#not"),
    ("K=", ""),
    ("K=# comment", ""),
    ("K='v # not'", "v # not"),
    ('K="a\\"b\\\\c" # comment', 'a"b\\c'),
    ("K=a=b", "a=b"),
    ("K=''", ""),
    ("K=ä b", "ä b"),
]


@pytest.mark.parametrize(("line", "value"), VALUES)
def test_a_line_gives_its_value(line: str, value: str) -> None:
    (entry,) = env_file.parse(line, "f").entries

    assert (entry.key, entry.value, entry.line) == ("K", value, 1)


def test_marks_and_line_ends_of_other_systems_are_tolerated() -> None:
    file = env_file.parse("\ufeffA=1\r\n# x\r\n\r\nB=2\r\n", "f")

    assert [(entry.key, entry.value, entry.line) for entry in file.entries] == [("A", "1", 1), ("B", "2", 4)]
    assert not file.problems


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    file = env_file.parse(text, "f")

    assert len({entry.key for entry in file.entries}) == len(file.entries)


_PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" "), max_size=30)


@settings(max_examples=100, deadline=None)
@given(value=_PRINTABLE.filter(str.isprintable), before=st.sampled_from(["", "A=1\n", "#K=\n", "K=old # x\n", "A=1"]))
def test_what_is_set_is_read_back_and_other_lines_stay(value: str, before: str) -> None:
    text = env_file.with_value(before, "K", value)

    values = {entry.key: entry.value for entry in env_file.parse(text, "f").entries}
    assert values["K"] == value
    assert ("A" in values) == ("A=1" in before)


def test_a_key_is_set_in_place_of_its_commented_line() -> None:
    text = env_file.with_value("# Wallet.\n#WALLET=your-address\n\n# Next.\n#CORES=\n", "WALLET", "4A")

    assert text == "# Wallet.\nWALLET=4A\n\n# Next.\n#CORES=\n"


def test_a_set_key_is_replaced_even_if_a_commented_one_stands_before_it() -> None:
    assert env_file.with_value("#K=1\nK=2\n", "K", "3") == "#K=1\nK=3\n"


def test_line_ends_and_mark_of_the_file_are_kept() -> None:
    assert env_file.with_value("\ufeffK=1\r\nB=2\r\n", "K", "3") == "\ufeffK=3\r\nB=2\r\n"


def test_a_written_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mining_config.env"
    env_file.write_text(path, "A=1\r\n")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"A=1\r\n"
    assert [child.name for child in path.parent.iterdir()] == ["mining_config.env"]


def test_an_edit_through_a_symbolic_link_changes_the_file_it_points_to(tmp_path: Path) -> None:
    real = tmp_path / "real.env"
    real.write_text("A=1\n")
    link = tmp_path / "mining_config.env"
    link.symlink_to(real)

    env_file.write_text(link, "A=2\n")

    assert link.is_symlink()
    assert real.read_text() == "A=2\n"


def test_a_file_that_is_not_text_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "mining_config.env"
    path.write_bytes(b"A=1\nB=\xff\n")

    with pytest.raises(ConfigurationError, match="env:2 is not UTF-8"):
        env_file.read_text(path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mining_config.env"
    path.write_bytes(b"#" * ((1 << 20) + 1))

    with pytest.raises(ConfigurationError, match="too large"):
        env_file.read_text(path)


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        env_file.read_text(tmp_path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        env_file.write_text(tmp_path / "file" / "mining_config.env", "")
