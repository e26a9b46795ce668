"""Traces of production -> observations -> alarms; see docs/design/watch.md."""
