"""When a scheduled job runs next (contract: scheduler 6). All times are whole minutes."""

import calendar
from datetime import datetime

PERIODS = {
    "every_5_minutes": 300,
    "every_10_minutes": 600,
    "every_15_minutes": 900,
    "every_30_minutes": 1800,
    "every_hour": 3600,
    "daily": 86400,
    "weekly": 604800,
}
_MONTHS = {"monthly": 1, "yearly": 12}


def next_run(schedule_type, start, last, now):
    """Epoch seconds, or None when there is no next run."""
    kind = (schedule_type or "immediately").strip().lower()
    start, last, now = _minute(start), _minute(last), _minute(now)
    if kind == "immediately":
        return None if last else now
    if kind == "once":
        return None if last else start
    if not start or kind not in (*PERIODS, *_MONTHS):
        return None
    if kind in PERIODS:
        period = PERIODS[kind]
        candidate = last + period if last else start
        return candidate if candidate >= now else candidate + -(-(now - candidate) // period) * period
    try:
        candidate = _months_on(last, _MONTHS[kind]) if last else _months_on(start, 0)
        while candidate < now:
            candidate = _months_on(candidate, _MONTHS[kind])
        return candidate
    except (ValueError, OverflowError, OSError):
        return None  # Beyond the calendar.


def _minute(seconds):
    return (int(seconds) // 60 * 60 if seconds else 0) or None


def _months_on(seconds, months):
    """Legacy quirk: the UTC clock is read as local time, so in other zones each step shifts by the zone's offset."""
    moment = datetime.utcfromtimestamp(seconds)
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())
