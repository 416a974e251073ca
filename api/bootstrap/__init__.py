"""The one place that joins ports to adapters. Everything heavy is imported when first needed."""

from __future__ import annotations

from api.bootstrap.engines import CLASSIFIER_FOLDER
from api.bootstrap.finding import Finding
from api.bootstrap.foundation import utc_now
from api.bootstrap.identity import Identity
from api.bootstrap.keeping import Keeping
from api.bootstrap.office import Office
from api.bootstrap.recording import Recording
from api.bootstrap.revealing import Revealing
from api.bootstrap.reviewing import Reviewing
from api.bootstrap.supervising import Supervising

__all__ = ["CLASSIFIER_FOLDER", "Archive", "utc_now"]


class Archive(Identity, Office, Keeping, Reviewing, Finding, Supervising, Recording, Revealing):
    """One state folder with everything that works on it; parts are made on first use and kept."""
