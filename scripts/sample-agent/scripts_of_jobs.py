"""Runs the script of a job: for real where the agent was given a program for it, else not at all."""

import base64
import binascii
import subprocess
import tempfile
from pathlib import Path

LONGEST_SECONDS = 3600


def script_text(content):
    """Base64 when it is that, else as it stands."""
    text = str(content or "")
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return text


def run_script(interpreter, text):
    """What became of it, as `quick_job_result` tells it. Without an interpreter a script succeeds and prints itself."""
    if not interpreter:
        return {"status": "Success", "stdout": text, "stderr": ""}
    with tempfile.TemporaryDirectory(prefix="sample-agent-job-") as folder:
        file = Path(folder) / "script.ps1"
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [interpreter, str(file)],
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=LONGEST_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return {"status": "Failed", "stdout": "", "stderr": str(error)}
    return {"status": "Failed" if done.returncode else "Success", "stdout": done.stdout, "stderr": done.stderr}
