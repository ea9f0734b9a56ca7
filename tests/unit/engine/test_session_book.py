"""A share names the session that gave its job, also when that one has been left meanwhile."""

from __future__ import annotations

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Plan
from mining.engine.supervisor.session_book import SessionBook, SessionNote
from mining.telemetry.frame import SessionShares

PLAN = Plan("pool", "XMR", "rx/0", (0,), version=3)
OTHER = Plan("pool", "LTC", "scrypt", (0,), version=4)


def job(number: int) -> Job:
    return Job(f"j-{number}", "rx/0", bytes(76), target=1, difficulty=2, session=1)


def test_before_any_session_nothing_is_known() -> None:
    assert SessionBook().session_of(job(1)) == SessionNote()


def test_each_ready_link_is_a_session_and_other_states_are_none() -> None:
    book = SessionBook()
    serials = [
        book.link_changed(link, "a:1", PLAN).serial
        for link in (Link.CONNECTING, Link.READY, Link.LOGIN, Link.READY, Link.DOWN)
    ]
    assert serials == [0, 1, 1, 2, 2]


def test_a_share_belongs_to_the_session_of_its_job_although_another_source_counts_alike() -> None:
    book, first, second = SessionBook(), job(1), job(1)
    book.link_changed(Link.READY, "a:1", PLAN)
    book.job_given(first, PLAN)
    book.link_changed(Link.READY, "b:2", OTHER)
    book.job_given(second, OTHER)
    assert first == second
    assert book.session_of(first) == SessionNote(1, "a:1", "XMR", 3)
    assert book.session_of(second) == SessionNote(2, "b:2", "LTC", 4)


def test_what_is_remembered_is_bounded() -> None:
    book, first = SessionBook(), job(0)
    book.link_changed(Link.READY, "a:1", PLAN)
    book.job_given(first, PLAN)
    book.link_changed(Link.READY, "b:2", OTHER)
    for number in range(1000):
        book.job_given(job(number), OTHER)
    assert book.session_of(first).endpoint == "b:2"


def share(of: Job) -> Share:
    return Share(generation=1, job=of, nonce=1, hash=bytes(32), core=0, found_at=1.0)


def test_a_session_counts_the_shares_of_its_own_jobs_alone_and_begins_with_none() -> None:
    book, first, second = SessionBook(), job(1), job(2)
    book.link_changed(Link.READY, "a:1", PLAN)
    book.job_given(first, PLAN)
    for kind in (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED, OutcomeKind.STALE):
        assert book.share_ended(share(first), Outcome(kind), 7.5).serial == 1
    assert (book.serial, book.shares) == (1, SessionShares(accepted=2, stale=1, difficulty_accepted=4, last_at=7.5))

    book.link_changed(Link.READY, "b:2", OTHER)
    book.job_given(second, OTHER)
    assert book.share_ended(share(first), Outcome(OutcomeKind.LOST), 8.0).serial == 1
    assert (book.serial, book.shares) == (2, SessionShares())
    book.share_ended(share(second), Outcome(OutcomeKind.REJECTED), 9.0)
    assert book.shares == SessionShares(rejected=1, last_at=9.0)
