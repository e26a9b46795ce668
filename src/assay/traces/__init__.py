"""Spans as exporters send them -> traces with steps, and the database that keeps them.

otlp            a request of an exporter, in JSON or protobuf, unpacked within limits
kinds           which family of instrumentation wrote a span, and what the span does
turns           messages of all of them as turns of a chat
steps           a span -> a step
assembly        spans and log records -> traces
chats           a chat of a log -> a trace
files           traces of files, one after another
times           times as logs have them
hot, payload    the traces of the last days in SQLite
writing         one thread that writes, many requests in one transaction
payload         a span as the bytes that rest
hot             the traces of the last days; hot_rows what sealing and erasure need of them
writing         the one thread that writes
cold            sealed segments
judged          a judged trace as it rests; observed the database of those
forgetting      erasure of one person's traces, and the end of what is old
state           where the watch stands, in numbers
files           recorded traces of files
"""
