"""The fuzzer: whatever its input, a command succeeds or ends with one clear line.

`kinds` has a Hypothesis strategy for each kind of input, `client` runs an example in a process of
its own and checks what it did, `server` is what that process is forked from. `test_fuzz.py` runs
them.
"""
