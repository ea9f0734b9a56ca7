"""The mirror of the jobs a pool knows, and of the nonces that were sent."""

from __future__ import annotations

from mining.engine.session.job_ring import JobRing


def ring(kept: int = 4, *, is_current_height_only: bool = False) -> JobRing[str]:
    return JobRing(kept=kept, is_current_height_only=is_current_height_only)


def test_only_the_last_jobs_are_kept() -> None:
    jobs = ring(kept=2)
    for name in "abc":
        jobs.add(name, name.upper(), height=1)
    assert [jobs.get(name) for name in "abc"] == [None, "B", "C"]
    assert (jobs.newest, jobs.newest_id) == ("C", "c")


def test_a_new_height_drops_older_jobs_where_the_pool_forgets_them() -> None:
    jobs = ring(is_current_height_only=True)
    jobs.add("a", "A", height=1)
    jobs.add("b", "B", height=1)
    assert jobs.get("a") == "A"
    jobs.add("c", "C", height=2)
    assert [jobs.get(name) for name in "abc"] == [None, None, "C"]


def test_older_heights_stay_where_the_pool_still_credits_them() -> None:
    jobs = ring()
    jobs.add("a", "A", height=1)
    jobs.add("b", "B", height=2)
    assert jobs.get("a") == "A"


def test_a_nonce_goes_out_once_for_a_job() -> None:
    jobs = ring()
    jobs.add("a", "A", height=1)
    jobs.add("b", "B", height=1)
    assert jobs.mark_sent("a", 7)
    assert not jobs.mark_sent("a", 7)
    assert jobs.mark_sent("b", 7)


def test_a_job_that_comes_again_remembers_what_was_sent() -> None:
    jobs = ring()
    jobs.add("a", "A", height=1)
    assert jobs.mark_sent("a", 7)
    jobs.add("a", "A with another target", height=1)
    assert jobs.get("a") == "A with another target"
    assert not jobs.mark_sent("a", 7)


def test_a_dropped_job_is_unknown() -> None:
    jobs = ring()
    jobs.add("a", "A", height=1)
    jobs.drop("a")
    jobs.drop("never there")
    assert jobs.get("a") is None and jobs.newest is None
