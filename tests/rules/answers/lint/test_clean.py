"""The site that the other tests spoil is in order."""

from __future__ import annotations

from tests.rules.answers.lint.clean import clean, codes, safety, said, software


def test_there_is_nothing_to_say_of_it() -> None:
    assert safety(clean()) == []
    assert codes(said(clean())) <= {"schedule-unused"}, "schedules that the other tests use"
    assert safety(clean(software())) == []
