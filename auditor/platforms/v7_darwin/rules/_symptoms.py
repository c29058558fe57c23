"""What V7 shows beside the symptoms that every platform has."""

from __future__ import annotations

from auditor.finding import Symptom

MISPLACED = Symptom("misplaced")
