"""The rules of a node's user at the broker, as text."""

from __future__ import annotations

import pytest

from mining.fleet.acl import acl_lines, merged_file, node_rules, password_digest, strangers

NODE, OTHER = "01JDXXXXXXXXXXXXXXXXXXXXXX", "01JDYYYYYYYYYYYYYYYYYYYYYY"
DIGEST = password_digest("secret")


def test_a_rule_holds_a_digest_and_keys_of_one_node_only() -> None:
    words = node_rules(NODE, DIGEST)
    assert words[:5] == ["reset", "on", f"#{DIGEST}", "resetchannels", "-@all"]
    assert "secret" not in " ".join(words)
    keys = [word for word in words if "~" in word]
    assert all(f"~mc:node:{NODE}:" in word for word in keys)
    assert [word for word in keys if word.endswith(":acked")] == [f"%R~mc:node:{NODE}:acked"]
    assert not any(word.endswith(f"{NODE}:*") for word in keys)


def test_no_rule_allows_a_category_or_a_look_at_the_server() -> None:
    allowed = {word[1:] for word in node_rules(NODE, DIGEST) if word.startswith("+")}
    assert not any(word.startswith("@") for word in allowed)
    looks = {"keys", "scan", "config", "acl", "info", "monitor", "flushall", "eval", "client", "script", "subscribe"}
    assert not allowed & looks


@pytest.mark.parametrize(
    ("ulid", "digest"),
    [("* ~*", DIGEST), (NODE.lower(), DIGEST), (NODE + "\nuser x", DIGEST), (NODE, "nopass"), (NODE, DIGEST + " ~*")],
)
def test_nothing_that_a_stranger_chose_gets_into_a_rule(ulid: str, digest: str) -> None:
    with pytest.raises(ValueError, match="not a ULID"):
        node_rules(ulid, digest)


def test_the_file_keeps_the_lines_of_others_and_has_one_for_each_node() -> None:
    present = f"user default off\n\nuser console on #abc ~* +@all\nuser node-{OTHER} on\n"
    text = merged_file(present, {NODE: DIGEST})
    assert text.splitlines()[:2] == ["user default off", "user console on #abc ~* +@all"]
    assert text.splitlines()[2:] == acl_lines({NODE: DIGEST})
    assert merged_file(text, {NODE: DIGEST}) == text


def test_users_of_nodes_that_left_are_found_and_nobody_else() -> None:
    users = ["default", "console", f"node-{NODE}", f"node-{OTHER}"]
    assert strangers(users, [NODE]) == [f"node-{OTHER}"]
