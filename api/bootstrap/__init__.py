"""The one place that joins ports to adapters. Everything heavy is imported when first needed."""

from __future__ import annotations

from api.bootstrap.engines import CLASSIFIER_FOLDER
from api.bootstrap.finding import Finding
from api.bootstrap.foundation import utc_now
from api.bootstrap.office import Office
from api.bootstrap.revealing import Revealing
from api.bootstrap.reviewing import Reviewing

__all__ = ["CLASSIFIER_FOLDER", "Archive", "utc_now"]


class Archive(Office, Reviewing, Finding, Revealing):
    """One state folder with everything that works on it; parts are made on first use and kept."""
