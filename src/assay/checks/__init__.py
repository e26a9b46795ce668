"""Checks of training data: rows in the order of the file go in, findings come out.

A check is a small class with `add(row)` and `findings()` (`checks/check.py`); `checks/catalogue.py` names them all.
"""
