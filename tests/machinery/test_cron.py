import calendar
import time

import pytest

from minikube_py.machinery import cron


def at(text: str) -> int:
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("* * * * *", "2024-02-28T23:59:30", "2024-02-29T00:00:00"),
        ("*/5 * * * *", "2024-02-28T12:00:00", "2024-02-28T12:05:00"),
        ("0 0 29 2 *", "2024-03-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 9 * * mon-fri", "2024-03-01T09:00:00", "2024-03-04T09:00:00"),
        # Either day fits where both are given.
        ("0 0 15 * sun", "2024-03-01T00:00:00", "2024-03-03T00:00:00"),
        ("5,10 3/4 ? JAN ?", "2024-01-01T23:10:00", "2024-01-02T03:05:00"),
        ("@hourly", "2024-01-01T00:00:00", "2024-01-01T01:00:00"),
        ("@weekly", "2024-01-01T00:00:00", "2024-01-07T00:00:00"),
        ("@every 1h30m", "2024-01-01T00:00:10", "2024-01-01T01:30:10"),
        ("CRON_TZ=Asia/Tokyo 0 9 * * *", "2024-01-01T00:00:00", "2024-01-02T00:00:00"),
    ],
)
def test_next(schedule: str, after: str, due: str) -> None:
    assert cron.parse(schedule).next(at(after)) == at(due)


def test_a_day_that_never_comes() -> None:
    assert cron.parse("0 0 30 2 *").next(0) is None


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2024-07-01T06:59:00", "2024-07-01T07:30:00"),  # summer: two hours ahead
        ("2024-12-01T07:59:00", "2024-12-01T08:30:00"),
    ],
)
def test_zones(after: str, due: str) -> None:
    assert cron.parse("30 9 * * *").next(at(after), "Europe/Berlin") == at(due)


def test_the_hour_that_is_left_out_is_waited_for_until_the_next_day() -> None:
    assert cron.parse("30 2 * * *").next(at("2024-03-30T23:00:00"), "Europe/Berlin") == at("2024-04-01T00:30:00")


def test_the_hour_that_comes_twice_is_due_twice() -> None:
    schedule = cron.parse("30 2 * * *")
    first = schedule.next(at("2024-10-26T23:00:00"), "Europe/Berlin")
    assert first == at("2024-10-27T00:30:00")
    assert schedule.next(first, "Europe/Berlin") == at("2024-10-27T01:30:00")


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("", "empty spec string"),
        ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("@foo", "unrecognized descriptor: @foo"),
        ("@every x", 'failed to parse duration @every x: time: invalid duration "x"'),
        ("TZ=Nope/No * * * * *", "provided bad location Nope/No: unknown time zone Nope/No"),
    ],
)
def test_errors(schedule: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        cron.parse(schedule)
    assert str(caught.value) == message


def test_unknown_zone() -> None:
    with pytest.raises(KeyError):
        cron.location("Nope/No")
