"""The parts of the running server that routes and events share."""

from dataclasses import dataclass, field
from typing import Any

from assemblies import Assemblies
from database import Database
from dpop import ProofReader
from limits import SeenOnce, SlidingWindow
from material import Material
from passwords import Passwords
from registry import Registry
from settings import Settings


@dataclass
class Legacy:
    settings: Settings
    database: Database
    material: Material
    registry: Registry
    assemblies: Assemblies
    passwords: Passwords
    socketio: Any = None
    proofs: ProofReader = field(default_factory=ProofReader)
    requests_by_address: SlidingWindow = field(default_factory=lambda: SlidingWindow(40))
    requests_by_key: SlidingWindow = field(default_factory=lambda: SlidingWindow(12))
    calls_by_fingerprint: SlidingWindow = field(default_factory=lambda: SlidingWindow(60))
    finished_proofs: SeenOnce = field(default_factory=SeenOnce)
