"""The ledger: an append-only, hash-chained, signed log of what an audit registered, collected and decided."""
