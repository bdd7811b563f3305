"""A second reading of the rules of next runs, step by step, on Python's own calendar. Cases on stdin, readings on stdout."""

import calendar
import json
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

PERIODS = {
    "every_5_minutes": 300,
    "every_10_minutes": 600,
    "every_hour": 3600,
    "daily": 86400,
    "weekly": 604800,
}
MONTHS = {"monthly": 1, "yearly": 12}


def floor(seconds):
    return seconds - seconds % 60


def on(moment, months):
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def stamp(naive, zone):
    return int(naive.replace(tzinfo=zone, fold=0).timestamp())


def shown(seconds, zone):
    return datetime.fromtimestamp(seconds, zone).replace(tzinfo=None, fold=0)


def zoned(months, start, last, now, zone):
    if last is None and start >= now:
        return start
    if last is None:
        at = shown(start, zone)
    else:
        at = shown(last, zone)
        meant = datetime.combine(at.date(), shown(start, zone).time())
        if stamp(meant, zone) == last:
            at = meant
        at = on(at, months)
    while stamp(at, zone) < now:
        at = on(at, months)
    return floor(stamp(at, zone))


def legacy(months, start, last, now, zone):
    def misread(seconds, step):
        return stamp(on(shown(seconds, timezone.utc), step), zone)

    at = misread(start, 0) if last is None else misread(last, months)
    while at < now:
        at = misread(at, months)
    return at


def read(case, monthly, zone):
    kind, now = case["type"], floor(case["now"])
    start, last = floor(case["start"]), case["last"] if case["last"] is None else floor(case["last"])
    if kind == "once":
        return start if last is None else None
    if kind in MONTHS:
        return monthly(MONTHS[kind], start, last, now, zone)
    at = start if last is None else last + PERIODS[kind]
    return at + max(0, -(-(now - at) // PERIODS[kind])) * PERIODS[kind]


def readings(case):
    zone = ZoneInfo(case["tz"])
    return {
        "utc": read(case, zoned, timezone.utc),
        "zoned": read(case, zoned, zone),
        "legacy": read(case, legacy, zone),
    }


json.dump([readings(case) for case in json.load(sys.stdin)], sys.stdout)
