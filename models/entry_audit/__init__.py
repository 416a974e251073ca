"""Data-entry audit (自动化审核): contradictions between a catalogue entry and the text it describes."""
