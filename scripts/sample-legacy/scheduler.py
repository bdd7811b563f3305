"""The scheduler: one tick before the first request is answered, then one in each full minute (contract: scheduler 7.1 to 7.3).

Each step has a connection of its own, a run's row is committed before its host is told, and what fails in a job is swallowed: nothing
but the row of a run keeps it from being started twice.
"""

from dispatch import Dispatcher
from job_view import targets_of
from next_run import next_run
from values import now_seconds

MINUTE = 60
GRACE_SECONDS = 300
DAY_SECONDS = 86400
_UNITS = {"m": MINUTE, "h": 3600, "d": DAY_SECONDS}


def window_of(expiration):
    """Seconds after which a job's occurrence is over, or None for never."""
    text = (expiration or "").strip().lower()
    try:
        number = int(text[:-1])
        # Legacy quirk: minutes without a unit are read, unless they are a single digit.
        return number * _UNITS[text[-1]] if text[-1] in _UNITS else int(text) * MINUTE
    except ValueError:
        return None


class Scheduler:
    def __init__(self, legacy):
        self._database = legacy.database
        self._registry = legacy.registry
        self._settings = legacy.settings
        self._socketio = legacy.socketio
        self._dispatcher = Dispatcher(legacy)

    def start(self):
        """Ticks once, and goes on beside the server."""
        self.tick()
        self._socketio.start_background_task(self._go_on)

    def _go_on(self):
        while True:
            self._socketio.sleep(self._settings.tick_seconds or MINUTE - now_seconds() % MINUTE)
            self.tick()

    def tick(self):
        now = now_seconds()
        for step in (self._time_out, self._close_by_clock, self._forget):
            self._guarded(step, now)
        self._guarded(self._dispatch_due, now)

    def _guarded(self, work, *args):
        try:
            work(*args)
        except Exception as error:  # noqa: BLE001 -- the legacy's loop goes on, whatever happens.
            print(f"scheduler: {work.__name__.strip('_')}: {error}", flush=True)

    def _time_out(self, now):
        with self._database.transaction() as connection:
            running = connection.execute(
                """SELECT r.id, r.started_ts, j.expiration FROM scheduled_job_runs r JOIN scheduled_jobs j ON j.id = r.job_id
                   WHERE r.status = 'Running' AND r.started_ts IS NOT NULL"""
            ).fetchall()
            windows = [(run, window_of(run["expiration"])) for run in running]
            over = [(now, run["id"]) for run, window in windows if window and run["started_ts"] + window <= now]
            connection.executemany("UPDATE scheduled_job_runs SET status = 'Timed Out', updated_at = ? WHERE id = ?", over)

    def _close_by_clock(self, now):
        """Legacy quirk: whatever still runs after this time is called a success."""
        with self._database.transaction() as connection:
            connection.execute(
                """UPDATE scheduled_job_runs SET status = 'Success', finished_ts = ?, updated_at = ?
                   WHERE status = 'Running' AND started_ts IS NOT NULL AND started_ts + ? <= ?""",
                (now, now, self._settings.sim_run_seconds, now),
            )

    def _forget(self, now):
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM scheduled_job_runs WHERE COALESCE(finished_ts, started_ts, scheduled_ts, 0) < ?",
                (now - self._settings.job_history_days * DAY_SECONDS,),
            )

    def _dispatch_due(self, now):
        for job in self._database.rows("SELECT * FROM scheduled_jobs WHERE enabled = 1 ORDER BY id"):
            self._guarded(self._serve_job, job, now)

    def _serve_job(self, job, now):
        targets = targets_of(job["targets_json"])
        occurrence = self._occurrence_of(job, len(targets), now)
        if occurrence is None:
            return
        window = window_of(job["expiration"])
        for hostname in targets:
            if self._has_run(job["id"], occurrence, hostname):
                continue
            if self._registry.collects(hostname):
                self._dispatcher.dispatch(job, hostname, occurrence)
            elif window is not None and occurrence + window <= now:
                self._expire(job["id"], hostname, occurrence, now)

    def _occurrence_of(self, job, targets, now):
        """The occurrence that is to be served, or None while the job rests."""
        latest = self._database.row("SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = ?", job["id"])[0]
        if not latest:
            return _if_due(_first_occurrence(job, now), now)
        over = self._database.row(
            """SELECT COUNT(DISTINCT target_hostname) FROM scheduled_job_runs
               WHERE job_id = ? AND scheduled_ts = ? AND status IN ('Success', 'Expired', 'Timed Out')""",
            *(job["id"], latest),
        )[0]
        if over < max(1, targets):
            return latest
        return _if_due(next_run(job["schedule_type"], job["start_ts"], latest, now), now)

    def _has_run(self, job_id, occurrence, hostname):
        sql = "SELECT 1 FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ? AND target_hostname = ?"
        return self._database.row(sql, job_id, occurrence, hostname) is not None

    def _expire(self, job_id, hostname, occurrence, now):
        with self._database.transaction() as connection:
            connection.execute(
                """INSERT INTO scheduled_job_runs(job_id, target_hostname, scheduled_ts, finished_ts, status, error, created_at, updated_at)
                   VALUES (?, ?, ?, ?, 'Expired', 'Device offline', ?, ?)""",
                (job_id, hostname, occurrence, now, now, now),
            )


def _first_occurrence(job, now):
    kind, start = (job["schedule_type"] or "").strip().lower(), job["start_ts"]
    if kind == "immediately":
        return _minute(job["created_at"] or now)
    return _minute(start) if start else next_run(kind, start, None, now)


def _if_due(occurrence, now):
    return occurrence if occurrence is not None and 0 <= _minute(now) - occurrence <= GRACE_SECONDS else None


def _minute(at):
    return at // MINUTE * MINUTE
